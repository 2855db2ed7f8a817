//! The table `administration`: the record of administration (管理记录).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    account::Role,
    coded_enum,
    ids::{AccountId, AdministrationId, OrganisationId},
};

coded_enum! {
    /// An act of an administrator.
    pub enum AdministrativeAct {
        /// Invited a person to a role.
        Invited = "invited",
        /// Ended a role.
        RoleEnded = "role_ended",
        /// Removed a lost authenticator, and the password with it.
        AuthenticatorReset = "authenticator_reset",
        /// Added an organisation.
        OrganisationAdded = "organisation_added",
        /// Renamed an organisation.
        OrganisationRenamed = "organisation_renamed",
    }
}

/// An act of an administrator (管理记录). Append-only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "administration")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdministrationId,
    /// When.
    pub at: DbInstant,
    /// The administrator; none: the operator of the machine.
    pub actor_id: Option<AccountId>,
    /// What was done.
    pub action: AdministrativeAct,
    /// The account it was about.
    pub account_id: Option<AccountId>,
    /// The organisation it was about.
    pub organisation_id: Option<OrganisationId>,
    /// The role it was about.
    pub role: Option<Role>,
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
