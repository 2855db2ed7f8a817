//! The table `care_responder`: responders (救援员).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    care::responder::{Mode, Skill},
    ids::{AccountId, OrganisationId},
};

/// A responder (救援员): skills and location.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "care_responder")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// What they can do (技能).
    pub skills: Vec<Skill>,
    /// Languages (BCP 47).
    pub languages: Vec<String>,
    /// How they travel (出行方式).
    pub mode: Mode,
    /// Degrees, WGS 84.
    pub latitude: Option<f64>,
    /// Degrees, WGS 84.
    pub longitude: Option<f64>,
    /// Accuracy of the location in metres.
    pub accuracy_m: Option<f64>,
    /// When they were located.
    pub located_at: Option<DbInstant>,
    /// The end of the rest after a shift.
    pub resting_until: Option<DbInstant>,
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
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
