//! The table `membership`: roles held in organisations.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    account::Role,
    ids::{AccountId, MembershipId, OrganisationId},
};

/// A role held in an organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MembershipId,
    /// The account.
    pub account_id: AccountId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The role.
    pub role: Role,
    /// When it was made.
    pub created_at: DbInstant,
    /// The administrator who gave it.
    pub created_by: Option<AccountId>,
    /// When it ended.
    pub ended_at: Option<DbInstant>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
    /// The organisation.
    #[sea_orm(
        belongs_to = "super::organisation::Entity",
        from = "Column::OrganisationId",
        to = "super::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<super::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The roles an account holds now.
    #[must_use]
    pub fn current_of(account: AccountId) -> Select<Self> {
        Self::find().filter(Column::AccountId.eq(account)).filter(Column::EndedAt.is_null())
    }
}
