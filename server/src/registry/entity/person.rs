//! The table `person`: persons (自然人) known to the city's services.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::PersonId;

/// A person (自然人). Name and ID number are sealed; looked up by blind index.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// The name (姓名).
    pub name_sealed: Vec<u8>,
    /// The ID number (公民身份号码).
    pub resident_id_sealed: Vec<u8>,
    /// The blind index of the ID number.
    pub resident_id_index: Vec<u8>,
    /// When the person became known.
    pub created_at: DbInstant,
    /// When the person was erased.
    pub erased_at: Option<DbInstant>,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
