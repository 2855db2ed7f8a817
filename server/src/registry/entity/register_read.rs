//! The table `register_read`: the access log of the registers.

use crate::{access::actor::Task, store::DbInstant};
use sea_orm::entity::prelude::*;
use shared::{
    ids::{AccountId, CaseId, RegisterReadId},
    registry::Purpose,
};

/// A read of a register: shown to the person (谁看了我的数据).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "register_read")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegisterReadId,
    /// The blind index of the person that was looked up.
    pub resident_id_index: Vec<u8>,
    /// The reading account; none: a task of the system.
    pub reader_id: Option<AccountId>,
    /// The reading task.
    pub reader_task: Option<Task>,
    /// For what it was read.
    pub purpose: Purpose,
    /// The legal basis as written down.
    pub legal_basis: String,
    /// Keys of the facts that were read.
    pub fields: Vec<String>,
    /// The case it was read for.
    pub case_id: Option<CaseId>,
    /// When.
    pub at: DbInstant,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
