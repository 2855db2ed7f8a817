//! Cases: the one door for every change, the chain of events, clocks, queues and what others read of them.

mod act;
pub mod assign;
pub mod audit;
pub mod audit_read;
pub mod chain;
mod clocks;
mod deadlines;
pub mod entity;
pub mod idempotency;
mod life;
mod number;
mod open;
mod queue;
mod read;
pub mod roots;
mod rules;

use crate::{
    account::{actor::Actor, gate::CaseOf},
    error::Result,
    store::Tx,
};
pub use act::{Assign, Change, Done, Effect, Request, perform, perform_posted, read_input_of};
pub(crate) use act::{act_many, perform_in};
pub use clocks::standing;
pub use deadlines::{Summary, run_deadlines};
pub use life::{AnyInput, Handler, Life, Lives, Work, read_input, typed};
pub use open::{Opening, open};
pub(crate) use queue::pattern;
pub use queue::{claim_all, colleagues, queue, queue_csv};
pub use read::{audit_page, case_page, my_cases};
pub(crate) use read::{own_view, shown};
pub use rules::allowed;
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    cases::Flow,
    coded::UnknownCode,
    ids::{AccountId, CaseId, OrganisationId, PersonId},
};
use std::str::FromStr;
use time::OffsetDateTime;

/// A case as it stands.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CaseRow {
    /// Its key.
    pub id: CaseId,
    /// Its number, as people say it.
    pub number: String,
    /// Its kind: which [`Flow`] it follows.
    pub kind: String,
    /// What it is about, in Chinese.
    pub title_zh: String,
    /// What it is about, in English.
    pub title_en: String,
    /// The person it is about.
    pub subject_id: PersonId,
    /// The account that filed it; none if nobody with an account did.
    pub applicant_id: Option<AccountId>,
    /// The organisation that decides it.
    pub organisation_id: OrganisationId,
    /// Organisations that were drawn into it (协办单位).
    pub joined: Vec<OrganisationId>,
    /// Accounts that were called to help.
    pub helpers: Vec<AccountId>,
    /// Its state.
    pub state: String,
    /// Grows with every change but appends.
    pub version: i32,
    /// Who works on it.
    pub assignee_id: Option<AccountId>,
    /// When it was opened.
    pub opened_at: OffsetDateTime,
    /// When it last changed.
    pub changed_at: OffsetDateTime,
    /// When it ended.
    pub closed_at: Option<OffsetDateTime>,
    /// The due date of the clock that runs.
    pub due_on: Option<time::Date>,
    /// How many events it has.
    pub events: i32,
    /// The hash of the last.
    pub head: Vec<u8>,
}

const COLUMNS: &str = "id, number, kind, title_zh, title_en, subject_id, applicant_id, organisation_id, joined, helpers, state, \
    version, assignee_id, opened_at, changed_at, closed_at, due_on, events, head";

/// The columns of a [`CaseRow`] of the table with this alias, for a statement that joins others.
pub(crate) fn columns_of(alias: &str) -> String {
    COLUMNS.split(',').map(|column| format!("{alias}.{}", column.trim())).collect::<Vec<_>>().join(", ")
}

impl CaseRow {
    /// What the gate needs to know.
    #[must_use]
    pub fn of(&self) -> CaseOf<'_> {
        CaseOf { subject: self.subject_id, organisation: self.organisation_id, joined: &self.joined, helpers: &self.helpers }
    }

    /// Its life.
    ///
    /// # Errors
    /// When the kind is not known to this version of the program.
    pub fn flow(&self, tx: &Tx) -> Result<&'static Flow> {
        Ok(Lives::of(tx)?.life(&self.kind)?.flow)
    }

    /// Its state as one of the states of its Flow, e.g. [`shared::care::life::CallState`].
    ///
    /// # Errors
    /// When the Flow has no such state.
    pub fn state_as<S: FromStr<Err = UnknownCode>>(&self) -> Result<S> {
        self.state.parse().map_err(|e| crate::Error::Broken(format!("case {} in state {}: {e}", self.number, self.state)))
    }
}

/// Finds a case by its number for an actor who may see it with its content.
///
/// # Errors
/// [`Problem::NotFound`] when it is not there or not theirs to see.
pub async fn find(tx: &Tx, actor: &Actor, number: &str) -> Result<CaseRow> {
    load(tx, actor, number, "").await
}

/// As [`find`], with a lock: empty or `FOR UPDATE`.
pub(crate) async fn load(tx: &Tx, actor: &Actor, number: &str, lock: &str) -> Result<CaseRow> {
    let case = load_unseen(tx, number, lock).await?;
    if tx.gate.can_view(actor, case.of()) { Ok(case) } else { Err(Problem::NotFound.into()) }
}

/// Without asking the gate: for readings that asked it for something else.
async fn load_unseen(tx: &Tx, number: &str, lock: &str) -> Result<CaseRow> {
    if !number::is_shaped(number) {
        return Err(Problem::NotFound.into());
    }
    let case: Option<CaseRow> = tx.one(&format!("SELECT {COLUMNS} FROM cases WHERE number = $1 {lock}"), [number.into()]).await?;
    case.ok_or_else(|| Problem::NotFound.into())
}
