//! The table `upload`: uploaded materials.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId, DraftId, PersonId, UploadId};

/// An uploaded material. The bytes are in the file store.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UploadId,
    /// The account that uploaded it.
    pub account_id: AccountId,
    /// The person it is about.
    pub person_id: PersonId,
    /// The draft it was uploaded for; none once that is gone.
    pub draft_id: Option<DraftId>,
    /// The case, once sent.
    pub case_id: Option<CaseId>,
    /// The field of the form.
    pub field: String,
    /// The media type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its width in pixels.
    pub width: i32,
    /// Its height in pixels.
    pub height: i32,
    /// The digest of the bytes.
    pub sha256: Vec<u8>,
    /// The key of the bytes in the file store.
    pub storage_key: String,
    /// The file name, under the person's key.
    pub name_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(
        belongs_to = "crate::account::entity::account::Entity",
        from = "Column::AccountId",
        to = "crate::account::entity::account::Column::Id"
    )]
    Account,
    /// The case.
    #[sea_orm(
        belongs_to = "crate::cases::entity::case::Entity",
        from = "Column::CaseId",
        to = "crate::cases::entity::case::Column::Id"
    )]
    Case,
    /// The draft it was uploaded for; none once that is gone.
    #[sea_orm(belongs_to = "super::draft::Entity", from = "Column::DraftId", to = "super::draft::Column::Id")]
    Draft,
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<super::draft::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Draft.def()
    }
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
