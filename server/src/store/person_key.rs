//! The table `person_key`: the sealed keys of persons.

use super::time::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::PersonId;

/// The key under which a person's content is sealed. Erasing the person destroys it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_key")]
pub struct Model {
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The key, sealed by the keyring; none once destroyed.
    pub key_sealed: Option<Vec<u8>>,
    /// When it was destroyed.
    pub destroyed_at: Option<DbInstant>,
}

/// No joins: persons are above the store.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
