//! Views for auditors: every case, its events and the result of verifying its record. Never personal content.

use super::{
    audit::{Fault, chain_of},
    case_row::find_unchecked,
    queue::like_prefix,
    read::audit_page,
    roots,
};
use crate::{
    AppState, Store,
    access::{actor::Actor, gate::Access},
    error::Result,
    paging,
    store::{DbInstant, Tx},
};
use jiff::Timestamp;
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    account::Permission,
    cases::{CaseView, Page},
    ids::CaseId,
};

/// Cases of a page of the list.
const PAGE: usize = 50;

/// A case in the list of an auditor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number.
    pub number: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// The organisation that decides it, in Chinese.
    pub organisation_zh: String,
    /// The organisation that decides it, in English.
    pub organisation_en: String,
    /// Its state, as stored.
    pub state: String,
    /// How many events it has.
    pub events: i32,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// Cases whose number begins with the text or whose title contains it, the newest first. `after`: [`Page::next`] of the page
/// before.
///
/// # Errors
/// [`shared::Problem::Forbidden`] for accounts that are not auditors.
pub async fn list(store: &Store, actor: &Actor, text: Option<&str>, after: Option<&str>) -> Result<Page<AuditRow>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CaseId,
        number: String,
        title_zh: String,
        title_en: String,
        organisation_zh: String,
        organisation_en: String,
        state: String,
        events: i32,
        changed_at: DbInstant,
    }
    store.gate.enter(Access::Staff(Permission::ReadAudit), actor)?;
    let tx = store.snapshot(actor).await?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let (pattern, limit) = (text.and_then(like_prefix), paging::limit_plus_one(PAGE));
    let mut rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT c.id, c.number, c.title_zh, c.title_en, o.name_zh AS organisation_zh, o.name_en AS organisation_en, c.state,
                 c.events, c.changed_at
             FROM cases c JOIN organisation o ON o.id = c.organisation_id
             WHERE ({pattern}::text IS NULL OR c.number ILIKE {pattern} OR c.title_zh ILIKE '%' || {pattern}
                    OR c.title_en ILIKE '%' || {pattern})
               AND ({after}::uuid IS NULL OR c.id < {after})
             ORDER BY c.id DESC LIMIT {limit}"
        ))
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.id.to_string());
    let rows = rows
        .into_iter()
        .map(|r| AuditRow {
            number: r.number,
            title_zh: r.title_zh,
            title_en: r.title_en,
            organisation_zh: r.organisation_zh,
            organisation_en: r.organisation_en,
            state: r.state,
            events: r.events,
            changed_at: r.changed_at.timestamp(),
        })
        .collect();
    Ok(Page { rows, next })
}

/// The chain data of an event, shown beside the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place in the case.
    pub seq: i32,
    /// Its hash, in hex.
    pub hash: String,
    /// The hash of the event before it; empty for the first.
    pub prev: String,
    /// Whether it has personal content.
    pub sealed: bool,
}

/// The last signed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRoot {
    /// Its place among the roots.
    pub n: u64,
    /// When it was signed.
    pub at: String,
    /// Its identity, to compare with a copy kept elsewhere.
    pub identity: String,
    /// How many events of the case are later.
    pub uncovered: u64,
}

/// The record of one case.
#[derive(Clone, Debug)]
pub struct Record {
    /// The case, its timeline without content.
    pub case: CaseView,
    /// The chain, event by event.
    pub links: Vec<Link>,
    /// The faults of the chain.
    pub faults: Vec<Fault>,
    /// The last signed root, if there is one.
    pub root: Option<LastRoot>,
}

/// The record of one case, verified now.
///
/// # Errors
/// [`shared::Problem::Forbidden`] for accounts that are not auditors; [`shared::Problem::NotFound`].
pub async fn record(state: &AppState, actor: &Actor, number: &str) -> Result<Record> {
    let case = audit_page(&state.store, actor, number).await?;
    let tx = state.store.snapshot(actor).await?;
    let id = find_unchecked(&tx, number).await?.id;
    let (events, mut faults) = chain_of(&tx, id).await?;
    if events.is_empty() {
        faults.push(Fault::Empty { case: number.to_owned() });
    }
    let links = events
        .into_iter()
        .map(|e| Link { seq: e.seq, hash: hex::encode(e.hash), prev: hex::encode(e.prev), sealed: !e.sealed.is_empty() })
        .collect();
    Ok(Record { case, links, faults, root: last_root(state, &tx, id).await? })
}

async fn last_root(state: &AppState, tx: &Tx, case: CaseId) -> Result<Option<LastRoot>> {
    let text = match tokio::fs::read_to_string(roots::path(&state.config.data_dir)).await {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let Some(Ok(root)) = roots::lines(&text).pop() else { return Ok(None) };
    let covered = root.to_xid.to_string();
    let later: Option<i64> = tx
        .fetch_value(raw_sql!(Postgres, "SELECT count(*) FROM event WHERE case_id = {case} AND xid >= {covered}::text::xid8"))
        .await?;
    let uncovered = later.and_then(|events| u64::try_from(events).ok()).unwrap_or_default();
    Ok(Some(LastRoot { n: root.n, at: root.at.clone(), identity: root.identity(), uncovered }))
}
