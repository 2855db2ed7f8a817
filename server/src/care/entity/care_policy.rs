//! The table `care_policy`: escalation policies (升级策略).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, OrganisationId, PolicyId};

/// A version of an escalation policy (升级策略); never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_policy")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PolicyId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Grows with every policy of the centre.
    pub version: i32,
    /// `shared::care::escalation::PolicyStep`, in order.
    pub steps: Json,
    /// Seconds in which an answered call must make progress.
    pub progress_seconds: i32,
    /// When it was published.
    pub published_at: DbInstant,
    /// Who published it.
    pub published_by: Option<AccountId>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
