//! The catalogue as it is read: the list, an item's current version, and any version there was.

use super::search;
use crate::{Store, error::Result, paging, store::Tx};
use sea_orm::{ConnectionTrait, FromQueryResult};
use shared::{
    Problem,
    services::{
        Item,
        item_summary::{ItemCard, ItemFilter, ItemPage, PAGE},
    },
};
use sqlx::types::Json;

pub use super::import::import_embedded;

/// The query of the list; bound: the code after which to begin, audience, theme (each empty for all), patterns of the
/// search, most rows. Public, so that the benchmark measures the very same.
pub const LIST: &str = "SELECT card FROM item
    WHERE valid @> (SELECT huimin_today()) AND code > $1 AND ($2 = '' OR audience = $2) AND ($3 = '' OR $3 = ANY(themes))
      AND search LIKE ALL($4)
    ORDER BY code LIMIT $5";

/// One page of the list, in one query: the public page that is read most.
///
/// # Errors
/// What the store says.
pub async fn list(store: &Store, filter: &ItemFilter) -> Result<ItemPage> {
    let mut rows: Vec<(Json<ItemCard>,)> = sqlx::query_as(LIST)
        .bind(filter.after.as_deref().unwrap_or_default())
        .bind(filter.audience.map_or("", |a| a.code()))
        .bind(filter.theme.as_deref().unwrap_or_default())
        .bind(search::patterns(&filter.q))
        .bind(paging::limit_plus_one(PAGE))
        .fetch_all(store.pool())
        .await
        .map_err(|e| sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(e.into())))?;
    let next = paging::take_page(&mut rows, PAGE, |(Json(card),)| card.code.clone());
    Ok(ItemPage { next, items: rows.into_iter().map(|(Json(card),)| card).collect() })
}

#[derive(FromQueryResult)]
struct Definition {
    definition: serde_json::Value,
}

const CURRENT: &str = "SELECT definition FROM item WHERE code = $1 AND valid @> huimin_today()";
const VERSION: &str = "SELECT definition FROM item WHERE code = $1 AND version = $2";

fn read(row: Option<Definition>) -> Result<Item> {
    Ok(serde_json::from_value(row.ok_or(Problem::NotFound)?.definition)?)
}

/// The version of an item that applies today.
///
/// # Errors
/// [`Problem::NotFound`]; what the store says.
pub async fn find(store: &Store, code: &str) -> Result<Item> {
    find_with(store.public(), code).await
}

/// One version of an item, also a past one.
///
/// # Errors
/// [`Problem::NotFound`]; what the store says.
pub async fn find_version(store: &Store, code: &str, version: i32) -> Result<Item> {
    version_with(store.public(), code, version).await
}

/// As [`find`], in this transaction.
pub(super) async fn current(tx: &Tx, code: &str) -> Result<Item> {
    find_with(tx, code).await
}

/// As [`find_version`], in this transaction.
pub(super) async fn version(tx: &Tx, code: &str, version: i32) -> Result<Item> {
    version_with(tx, code, version).await
}

async fn find_with(db: &impl ConnectionTrait, code: &str) -> Result<Item> {
    read(Definition::find_by_statement(crate::store::sql(CURRENT, [code.into()])).one(db).await?)
}

async fn version_with(db: &impl ConnectionTrait, code: &str, version: i32) -> Result<Item> {
    read(Definition::find_by_statement(crate::store::sql(VERSION, [code.into(), version.into()])).one(db).await?)
}
