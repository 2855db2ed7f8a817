//! The audit of the record: signing roots periodically, and verifying the chains and the roots.
//!
//! The events of a case form a chain: positions from 1 without gaps, each event with its own hash and the hash of the event
//! before; the case stores the hash of the last one. A person with write access to the database could recompute a whole
//! chain, but not a root that was signed before ([`super::roots`]). So [`verify`] finds an edited, deleted, moved or added
//! event, a changed state, and an end of a chain that was cut off before the last root.
//!
//! **It cannot find** events after the last root that were removed or rewritten together with the end of their case; a
//! roots file that was cut together with the database (keep a copy of the last line elsewhere: it identifies all lines
//! before); and changes made with the signing key. docs/audit.md says how to keep this small.

pub use super::audit_report::{Fault, Report};
use super::{
    chain::{EVENT_COLUMNS, EventRow},
    roots::{self, Locked, Root},
};
use crate::{AppState, Task, access::actor::Actor, error::Result, store::Tx};
use sea_orm::{FromQueryResult, raw_sql};
use shared::ids::CaseId;
use std::fmt;

/// Events read by one statement.
const BATCH: i64 = 1000;

fn system() -> Actor {
    Actor::system(Task::Audit)
}

/// The result of [`write_root`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A root was added.
    Root(Box<Root>),
    /// There is no event after the last root.
    NothingNew,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(root) => write!(f, "root {} signed: {} events, {}", root.n, root.events, root.identity()),
            Self::NothingNew => f.write_str("no new events: the last root covers all there are"),
        }
    }
}

/// Signs a root over the events after the last root. For a periodic task and for `huimin audit root`.
///
/// # Errors
/// Errors of the file and the store; when the last root was made of another database.
pub async fn write_root(state: &AppState) -> Result<Written> {
    let broken = |e: tokio::task::JoinError| crate::Error::Broken(format!("roots: {e}"));
    let data_dir = state.config.data_dir.clone();
    let mut file = tokio::task::spawn_blocking(move || Locked::open(&data_dir)).await.map_err(broken)??;
    let tx = state.store.snapshot(&system()).await?;
    let Some(root) = roots::next(&tx, file.last.as_ref()).await? else { return Ok(Written::NothingNew) };
    drop(tx);
    let key = state.store.vault.signing_key();
    let root = tokio::task::spawn_blocking(move || file.append(&key, root)).await.map_err(broken)??;
    Ok(Written::Root(Box::new(root)))
}

/// Verifies the chain of every case and every root. Reads in batches, in one snapshot of the store.
///
/// # Errors
/// Errors of the store and the file; a record that does not verify is no error but a [`Fault`].
pub async fn verify(state: &AppState) -> Result<Report> {
    let mut report = Report::default();
    let tx = state.store.snapshot(&system()).await?;
    verify_chains(&tx, &mut report).await?;
    verify_roots(state, &tx, &mut report).await?;
    Ok(report)
}

#[derive(FromQueryResult)]
struct InCase {
    #[sea_orm(nested)]
    event: EventRow,
    number: Option<String>,
    events: Option<i32>,
    head: Option<Vec<u8>>,
    state: Option<String>,
}

impl InCase {
    fn name(&self) -> String {
        self.number.clone().unwrap_or_else(|| self.event.case_id.to_string())
    }
}

async fn verify_chains(tx: &Tx, report: &mut Report) -> Result<()> {
    let columns = columns();
    let statement = format!(
        "SELECT {columns} c.number, c.events, c.head, c.state FROM event e LEFT JOIN cases c ON c.id = e.case_id
         WHERE (e.case_id, e.seq) > ($1::uuid, $2::integer) ORDER BY e.case_id, e.seq LIMIT $3"
    );
    let mut before: Option<InCase> = None;
    let mut last = (CaseId::NIL, i32::MIN);
    loop {
        let found: Vec<InCase> = tx.all(&statement, [last.0.into(), last.1.into(), BATCH.into()]).await?;
        if found.is_empty() {
            break;
        }
        for row in found {
            last = (row.event.case_id, row.event.seq);
            if before.as_ref().is_some_and(|b| b.event.case_id != row.event.case_id) {
                before.take().into_iter().for_each(|end| close(&end, report));
            }
            check(before.as_ref(), &row, report);
            before = Some(row);
        }
    }
    before.into_iter().for_each(|end| close(&end, report));
    let empty: Vec<String> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT number FROM cases c WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.case_id = c.id) ORDER BY number"
        ))
        .await?;
    report.cases += u64::try_from(empty.len()).unwrap_or_default();
    empty.into_iter().for_each(|case| report.fault(Fault::Empty { case }));
    Ok(())
}

/// The columns of the event inside [`InCase`].
fn columns() -> String {
    EVENT_COLUMNS.split(", ").map(|c| format!("e.{c}, ")).collect()
}

/// The events of one case in their order, and their faults.
pub(super) async fn chain_of(tx: &Tx, case: CaseId) -> Result<(Vec<EventRow>, Vec<Fault>)> {
    let statement = format!(
        "SELECT {} c.number, c.events, c.head, c.state FROM event e JOIN cases c ON c.id = e.case_id
         WHERE e.case_id = $1 ORDER BY e.seq",
        columns()
    );
    let rows: Vec<InCase> = tx.all(&statement, [case.into()]).await?;
    let mut report = Report::default();
    let mut before = None;
    for row in &rows {
        check(before, row, &mut report);
        before = Some(row);
    }
    before.into_iter().for_each(|end| close(end, &mut report));
    Ok((rows.into_iter().map(|row| row.event).collect(), report.faults))
}

/// Verifies an event against the one before it in its case.
fn check(before: Option<&InCase>, row: &InCase, report: &mut Report) {
    let event = &row.event;
    report.events += 1;
    let (expected, prev) = before.map_or((1, [].as_slice()), |b| (b.event.seq.saturating_add(1), b.event.hash.as_slice()));
    if event.seq != expected {
        report.fault(Fault::Gap { case: row.name(), expected, found: event.seq });
    } else if event.prev != prev {
        report.fault(Fault::Unlinked { case: row.name(), seq: event.seq });
    }
    if event.hash != event.expected_hash() {
        report.fault(Fault::Altered { case: row.name(), seq: event.seq });
    }
}

/// Verifies the last event of a case against the case.
fn close(end: &InCase, report: &mut Report) {
    report.cases += 1;
    if end.number.is_none() {
        report.fault(Fault::Orphan { case: end.event.case_id });
        return;
    }
    if end.events != Some(end.event.seq) || end.head.as_ref() != Some(&end.event.hash) {
        report.fault(Fault::End { case: end.name() });
    } else if end.state.as_ref() != Some(&end.event.to_state) {
        report.fault(Fault::State { case: end.name() });
    }
}

async fn verify_roots(state: &AppState, tx: &Tx, report: &mut Report) -> Result<()> {
    let text = match tokio::fs::read_to_string(roots::path(&state.config.data_dir)).await {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(e.into()),
    };
    let key = state.store.vault.signing_key().verifying_key();
    let reached = roots::snapshot_xmin(tx).await?;
    let mut last: Option<Root> = None;
    for line in roots::lines(&text) {
        report.roots += 1;
        let root = match line {
            Ok(root) => root,
            Err(line) => {
                report.fault(Fault::RootUnreadable { line });
                continue;
            }
        };
        let n = root.n;
        let (place, from, prev) = last.as_ref().map_or((1, 0, String::new()), |l| (l.n + 1, l.to_xid, l.identity()));
        if (n, root.from_xid, &root.prev) != (place, from, &prev) {
            report.fault(Fault::RootUnlinked { n });
        }
        if !root.is_signed_with(&key) {
            report.fault(Fault::RootSignature { n });
        }
        if root.to_xid > reached {
            report.fault(Fault::RootAhead { n });
        }
        let (found, digest) = roots::digest(tx, root.from_xid, root.to_xid).await?;
        if (found, &digest) != (root.events, &root.digest) {
            report.fault(Fault::RootDigest { n, signed: root.events, found });
        }
        last = Some(root);
    }
    report.uncovered = uncovered(tx, last.as_ref().map_or(0, |r| r.to_xid)).await?;
    report.last_root = last.as_ref().map(Root::identity);
    Ok(())
}

async fn uncovered(tx: &Tx, from_xid: u64) -> Result<u64> {
    let from = from_xid.to_string();
    let events: Option<i64> =
        tx.fetch_value(raw_sql!(Postgres, "SELECT count(*) FROM event WHERE xid >= {from}::text::xid8")).await?;
    Ok(events.and_then(|n| u64::try_from(n).ok()).unwrap_or_default())
}
