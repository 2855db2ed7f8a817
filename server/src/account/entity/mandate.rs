//! The table `mandate`: mandates (委托).

use crate::store::{DbDate, DbInstant, db_today};
use sea_orm::{Condition, entity::prelude::*, sea_query::ExprTrait as _};
use shared::{
    account::FamilyRelation,
    ids::{AccountId, MandateId, PersonId},
};

/// A mandate (委托): one account may act for one person, within a scope, until a date.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mandate")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MandateId,
    /// The person acted for.
    pub person_id: PersonId,
    /// The account that acts.
    pub account_id: AccountId,
    /// The relation of the acting person to the other (亲属关系).
    pub relation: FamilyRelation,
    /// What it covers.
    pub scope: Vec<String>,
    /// The hash of the code sent to the person's registered phone.
    pub code_hash: Option<Vec<u8>>,
    /// How often a code was tried.
    pub code_tries: i32,
    /// When it was made.
    pub created_at: DbInstant,
    /// When the code was given.
    pub confirmed_at: Option<DbInstant>,
    /// The last day on which it is valid.
    pub ends_on: DbDate,
    /// When it was revoked.
    pub revoked_at: Option<DbInstant>,
    /// Who revoked it.
    pub revoked_by: Option<AccountId>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What makes a mandate effective today: confirmed, not revoked, its last day not over.
    #[must_use]
    pub fn in_force() -> Condition {
        Condition::all()
            .add(Column::ConfirmedAt.is_not_null())
            .add(Column::RevokedAt.is_null())
            .add(Column::EndsOn.into_expr().gte(db_today()))
    }
}
