//! The table `item`: service items (事项).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::services::item::Audience;

/// A version of a service item (事项), imported from `server/catalogue`.
///
/// The period of validity (`daterange`, unknown to the driver) is read and written in SQL.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item")]
pub struct Model {
    /// The code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// `shared::services::Item`.
    pub definition: Json,
    /// The digest of the catalogue file.
    pub digest: Vec<u8>,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The applicants.
    pub audience: Audience,
    /// Codes of themes.
    pub themes: Vec<String>,
    /// Names, synonyms, pinyin and initials in lower case.
    pub search: String,
    /// When it was imported.
    pub imported_at: DbInstant,
    /// `shared::services::item_summary::ItemCard`, for lists.
    pub card: Json,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
