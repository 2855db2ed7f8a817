//! The table `notice`: notices (消息) in inboxes.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId, NoticeId};

/// A notice (消息). Its text is made from kind and facts in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    /// The reader.
    pub account_id: AccountId,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The kind: a code of `shared::notices::kind`, perhaps of a newer version.
    pub kind: String,
    /// What the text is filled with.
    pub facts: Json,
    /// When it was made.
    pub created_at: DbInstant,
    /// When it was read.
    pub read_at: Option<DbInstant>,
}

/// No joins: accounts and cases are above notices, so joins to them are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
