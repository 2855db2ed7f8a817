//! The table `session`: sessions of tower-sessions.

use crate::store::DbInstant;
use sea_orm::{DeleteMany, entity::prelude::*};
use shared::ids::AccountId;

/// A session. The key is a hash of the session id, so that a copy of the table opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The hash of the session id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: Vec<u8>,
    /// The account, once signed in.
    pub account_id: Option<AccountId>,
    /// Sealed JSON.
    pub data: Vec<u8>,
    /// The browser.
    pub user_agent: String,
    /// When it was made.
    pub created_at: DbInstant,
    /// When it was last used.
    pub seen_at: DbInstant,
    /// Until when it is valid.
    pub expires_at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The deletion of every session of an account.
    #[must_use]
    pub fn delete_of(account: AccountId) -> DeleteMany<Self> {
        Self::delete_many().filter(Column::AccountId.eq(account))
    }
}
