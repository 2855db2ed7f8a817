//! The table `account`: accounts (账号).

use crate::store::DbInstant;
use sea_orm::{Condition, UpdateMany, entity::prelude::*};
use shared::{
    Lang,
    ids::{AccountId, PersonId},
};

/// An account (账号).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The phone number.
    pub phone_sealed: Option<Vec<u8>>,
    /// The blind index of the phone number.
    pub phone_index: Option<Vec<u8>>,
    /// The e-mail address.
    pub email_sealed: Option<Vec<u8>>,
    /// The blind index of the e-mail address.
    pub email_index: Option<Vec<u8>>,
    /// The password (argon2, PHC string).
    pub password_hash: String,
    /// The person; set by the real-name check (实名认证).
    pub person_id: Option<PersonId>,
    /// How a member of staff is named to colleagues and residents.
    pub staff_name: Option<String>,
    /// The secret of the authenticator.
    pub totp_sealed: Option<Vec<u8>>,
    /// The last time step of a used authenticator code.
    pub totp_last_step: i64,
    /// The language of messages.
    pub lang: Lang,
    /// Whether pages are shown large and simple (长辈版).
    pub elder: bool,
    /// Whether it belongs to the demo city.
    pub demo: bool,
    /// When it was made.
    pub created_at: DbInstant,
    /// When it was disabled.
    pub disabled_at: Option<DbInstant>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Accounts that may sign in: not disabled and, unless the demo accounts are enabled, no demo accounts.
    #[must_use]
    pub fn usable(demo: bool) -> Condition {
        Condition::all().add(Column::DisabledAt.is_null()).add_option((!demo).then(|| Column::Demo.eq(false)))
    }

    /// The account with this id, unless it was disabled.
    #[must_use]
    pub fn enabled(id: AccountId) -> Select<Self> {
        Self::find_by_id(id).filter(Column::DisabledAt.is_null())
    }

    /// An update of the account with this id.
    #[must_use]
    pub fn update_of(id: AccountId) -> UpdateMany<Self> {
        Self::update_many().filter(Column::Id.eq(id))
    }
}
