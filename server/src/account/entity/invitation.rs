//! The table `invitation`: invitations of staff.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    account::Role,
    ids::{AccountId, InvitationId, OrganisationId},
};

/// An invitation to a role.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The e-mail address it was sent to.
    pub email_sealed: Vec<u8>,
    /// The name of the invited person.
    pub staff_name: String,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The role.
    pub role: Role,
    /// The hash of the token in the link.
    pub token_hash: Vec<u8>,
    /// The administrator who invited.
    pub invited_by: AccountId,
    /// When it was made.
    pub created_at: DbInstant,
    /// Until when it is valid.
    pub expires_at: DbInstant,
    /// When it was accepted.
    pub accepted_at: Option<DbInstant>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The organisation.
    #[sea_orm(
        belongs_to = "super::organisation::Entity",
        from = "Column::OrganisationId",
        to = "super::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<super::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
