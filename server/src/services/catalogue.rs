//! Reading the catalogue: the list, the current version of an item, and any of its versions.

use super::{entity::item, search};
use crate::{Store, error::Result, paging, store::Tx};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select, prelude::Expr};
use shared::{
    Problem,
    services::{
        Item,
        item_summary::{ItemCard, ItemFilter, ItemPage, PAGE},
    },
};
use sqlx::types::Json;

pub use super::import::import_embedded;

/// The query of the list; bound values: the last code of the page before, audience, theme (each empty for all), patterns
/// of the search, most rows. Public, so that the benchmark measures the same statement.
pub const LIST: &str = "SELECT card FROM item
    WHERE valid @> (SELECT huimin_today()) AND code > $1 AND ($2 = '' OR audience = $2) AND ($3 = '' OR $3 = ANY(themes))
      AND search LIKE ALL($4)
    ORDER BY code LIMIT $5";

/// One page of the list, in one query on the pool: the most read public page.
///
/// # Errors
/// Errors of the store.
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

fn current_version(code: &str) -> Select<item::Entity> {
    item::Entity::find().filter(item::Column::Code.eq(code)).filter(Expr::cust("valid @> huimin_today()"))
}

async fn read(db: &impl ConnectionTrait, select: Select<item::Entity>) -> Result<Item> {
    let definition: Option<serde_json::Value> =
        select.select_only().column(item::Column::Definition).into_tuple().one(db).await?;
    Ok(serde_json::from_value(definition.ok_or(Problem::NotFound)?)?)
}

/// The version of an item that applies today.
///
/// # Errors
/// [`Problem::NotFound`]; errors of the store.
pub async fn find(store: &Store, code: &str) -> Result<Item> {
    read(store.public(), current_version(code)).await
}

/// One version of an item, also a past one.
///
/// # Errors
/// [`Problem::NotFound`]; errors of the store.
pub async fn find_version(store: &Store, code: &str, version: i32) -> Result<Item> {
    read(store.public(), item::Entity::find_by_id((code.to_owned(), version))).await
}

/// As [`find`], in this transaction.
pub(super) async fn current(tx: &Tx, code: &str) -> Result<Item> {
    read(tx, current_version(code)).await
}

/// As [`find_version`], in this transaction.
pub(super) async fn version(tx: &Tx, code: &str, version: i32) -> Result<Item> {
    read(tx, item::Entity::find_by_id((code.to_owned(), version))).await
}
