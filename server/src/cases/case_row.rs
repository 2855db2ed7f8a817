//! A case as stored, and how it is found by its number.

pub use super::entity::case::Model as CaseRow;
use super::{entity::case, number};
use crate::{
    access::{actor::Actor, gate::CaseOf},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::{IdenStatic, Iterable, QuerySelect, Select};
use shared::{Problem, coded::UnknownCode};
use std::str::FromStr;

/// The columns of a [`CaseRow`] of the table with this alias, for a statement that joins others.
pub(crate) fn columns_of(alias: &str) -> String {
    case::Column::iter().map(|column| format!("{alias}.{}", column.as_str())).collect::<Vec<_>>().join(", ")
}

impl CaseRow {
    /// The attributes that the gate decides by.
    #[must_use]
    pub fn of(&self) -> CaseOf<'_> {
        CaseOf { subject: self.subject_id, organisation: self.organisation_id, joined: &self.joined, helpers: &self.helpers }
    }

    /// Its state as one of the states of its Flow, e.g. [`shared::care::life::CallState`].
    ///
    /// # Errors
    /// When the Flow has no such state.
    pub fn state_as<S: FromStr<Err = UnknownCode>>(&self) -> Result<S> {
        self.state.parse().map_err(|e| Error::Broken(format!("case {} in state {}: {e}", self.number, self.state)))
    }
}

/// Finds a case by its number for an actor who may see it with its content.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such case or the actor may not see it.
pub async fn find(tx: &Tx, actor: &Actor, number: &str) -> Result<CaseRow> {
    visible(tx, actor, find_unchecked(tx, number).await?)
}

/// As [`find`]; locks the case until the transaction ends.
pub(crate) async fn find_locked(tx: &Tx, actor: &Actor, number: &str) -> Result<CaseRow> {
    visible(tx, actor, load(tx, number, case::Entity::by_number(number).lock_exclusive()).await?)
}

/// Finds a case without asking the gate, for readings that asked it for another permission.
pub(super) async fn find_unchecked(tx: &Tx, number: &str) -> Result<CaseRow> {
    load(tx, number, case::Entity::by_number(number)).await
}

async fn load(tx: &Tx, number: &str, select: Select<case::Entity>) -> Result<CaseRow> {
    if !number::is_shaped(number) {
        return Err(Problem::NotFound.into());
    }
    select.one(tx).await?.ok_or_else(|| Problem::NotFound.into())
}

fn visible(tx: &Tx, actor: &Actor, case: CaseRow) -> Result<CaseRow> {
    if tx.gate.can_view(actor, case.of()) { Ok(case) } else { Err(Problem::NotFound.into()) }
}
