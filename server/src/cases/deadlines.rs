//! Periodic work on clocks: warnings, acceptance by silence (逾期视为受理), due dates that a new calendar settles.
//!
//! Runs every few minutes in any number of processes. Each case is locked before its clocks, as every change does; a case
//! that is locked by another transaction is left for the next run.

use super::{
    act::perform_in,
    calendar_warning,
    change::Request,
    clocks::{self, last_workday},
    entity::case,
    life::Lives,
};
use crate::{
    AppState, Store, Task,
    access::actor::Actor,
    account::entity::{account, membership},
    error::Result,
    notices,
    store::{DbDate, Tx},
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, raw_sql,
    sea_query::{LockBehavior, LockType},
};
use serde_json::json;
use shared::{
    account::Role,
    cases::{Party, WorkCalendar},
    ids::{AccountId, CaseId, OrganisationId},
};

const CALENDAR: WorkCalendar = WorkCalendar::PUBLISHED;
/// How many cases one transaction or statement takes.
const BATCH: i64 = 100;
/// A notice to staff about a clock, sent once for each clock.
struct ClockNotice {
    /// The kind of notice.
    kind: &'static str,
    /// The column with the time at which it was sent.
    sent_at: &'static str,
    /// The condition. $1: the last working day up to today.
    when: &'static str,
}

static NOTICES: [ClockNotice; 2] = [
    ClockNotice {
        kind: "deadline_warning",
        sent_at: "warned_at",
        when: "warn_on <= $1 AND (legal_due IS NULL OR legal_due >= $1)",
    },
    ClockNotice { kind: "deadline_overdue", sent_at: "overdue_at", when: "legal_due < $1" },
];

/// The result of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Clocks about which staff were notified that the deadline is near or has passed.
    pub warned: u32,
    /// Cases in which the system took the step that follows when a clock has run out.
    pub run_out: u32,
    /// Cases whose clocks were recomputed.
    pub recounted: u32,
    /// Cases in which one of these failed; the reason is in the log.
    pub failed: u32,
    /// The year whose calendar is needed soon.
    pub calendar_missing: Option<i16>,
}

/// One run.
///
/// # Errors
/// Errors of the store; a single case that fails is logged and counted, and does not stop the others.
pub async fn run_deadlines(state: &AppState) -> Result<Summary> {
    let store = &state.store;
    let mut summary = Summary::default();
    recount(store, &mut summary).await?;
    run_out(store, &mut summary).await?;
    for notice in &NOTICES {
        summary.warned += notify_staff(store, notice).await?;
    }
    summary.calendar_missing = calendar_warning::update_warning(store, &system()).await?;
    Ok(summary)
}

fn system() -> Actor {
    Actor::system(Task::Deadlines)
}

/// Locks a case, unless another transaction has locked it.
async fn lock(tx: &Tx, case: CaseId) -> Result<bool> {
    let locked: Option<CaseId> = case::Entity::find_by_id(case)
        .select_only()
        .column(case::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(locked.is_some())
}

/// Recomputes due dates and counts that waited for a calendar that is published now.
async fn recount(store: &Store, summary: &mut Summary) -> Result<()> {
    let years: Vec<i32> = CALENDAR.years().iter().map(|y| i32::from(y.year)).collect();
    let mut last = CaseId::NIL;
    loop {
        let tx = store.read(&system()).await?;
        let found: Vec<(CaseId, String)> = tx
            .fetch_values(raw_sql!(
                Postgres,
                "SELECT DISTINCT c.id, c.kind FROM case_clock k JOIN cases c ON c.id = k.case_id
                 WHERE k.pending_year = ANY({years}) AND c.id > {last} ORDER BY c.id LIMIT {BATCH}"
            ))
            .await?;
        drop(tx);
        let Some((end, _)) = found.last() else { return Ok(()) };
        last = *end;
        for (case, kind) in found {
            match recount_one(store, case, &kind).await {
                Ok(true) => summary.recounted += 1,
                Ok(false) => {}
                Err(error) => failed(summary, case, &error),
            }
        }
    }
}

async fn recount_one(store: &Store, case: CaseId, kind: &str) -> Result<bool> {
    let tx = store.write(&system()).await?;
    if !lock(&tx, case).await? {
        return Ok(false);
    }
    clocks::recount(&tx, case, Lives::of(&tx)?.life(kind)?.flow).await?;
    tx.commit().await?;
    Ok(true)
}

fn failed(summary: &mut Summary, case: CaseId, error: &crate::Error) {
    tracing::error!(%case, %error, "a deadline could not be served");
    summary.failed += 1;
}

#[derive(FromQueryResult)]
struct ExpiredClock {
    id: CaseId,
    number: String,
    kind: String,
    state: String,
    clock: String,
    running_since: DbDate,
}

/// Takes the step of the Flow that follows when the legal limit of a clock has passed: acceptance by silence (逾期视为受理).
async fn run_out(store: &Store, summary: &mut Summary) -> Result<()> {
    let (mut kinds, mut states, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let lives = Lives::of(&store.read(&system()).await?)?;
    for flow in lives.flows() {
        for step in flow.steps.iter().filter(|s| s.by == Party::System) {
            for op in step.clocks.iter().filter(|op| flow.when_run_out(step.from.0, op.clock().0).is_some()) {
                kinds.push(flow.kind.to_owned());
                states.push(step.from.0.to_owned());
                names.push(op.clock().0.to_owned());
            }
        }
    }
    let mut last = CaseId::NIL;
    loop {
        let tx = store.read(&system()).await?;
        let found: Vec<ExpiredClock> = tx
            .fetch_all(raw_sql!(
                Postgres,
                "SELECT c.id, c.number, c.kind, c.state, k.clock, k.running_since FROM case_clock k JOIN cases c ON c.id = k.case_id
                 WHERE k.running_since IS NOT NULL AND k.legal_due < huimin_today() AND c.id > {last}
                   AND (c.kind, c.state, k.clock) IN (SELECT * FROM unnest({kinds}::text[], {states}::text[], {names}::text[]))
                 ORDER BY c.id LIMIT {BATCH}"
            ))
            .await?;
        drop(tx);
        let Some(end) = found.last() else { return Ok(()) };
        last = end.id;
        for due in found {
            match run_out_one(store, &due).await {
                Ok(true) => summary.run_out += 1,
                Ok(false) => {}
                Err(error) => failed(summary, due.id, &error),
            }
        }
    }
}

async fn run_out_one(store: &Store, due: &ExpiredClock) -> Result<bool> {
    let tx = store.write(&system()).await?;
    let life = Lives::of(&tx)?.life(&due.kind)?;
    let Some(step) = life.flow.when_run_out(&due.state, &due.clock) else { return Ok(false) };
    let input = life.plain_input(step.action)?;
    // Checked again under the lock: the case may have changed since it was found.
    let still = tx
        .execute_sql(raw_sql!(
            Postgres,
            "SELECT 1 FROM cases c WHERE c.id = {due.id} AND c.state = {due.state} AND EXISTS (SELECT 1 FROM case_clock k
                 WHERE k.case_id = c.id AND k.clock = {due.clock} AND k.running_since = {due.running_since}) FOR UPDATE SKIP LOCKED"
        ))
        .await?;
    if still == 0 {
        return Ok(false);
    }
    let key = format!("{}-{}", due.clock, due.running_since);
    let request = Request { number: &due.number, version: None, key: &key, input: &*input };
    perform_in(&tx, &system(), &request).await?;
    tx.commit().await?;
    Ok(true)
}

#[derive(FromQueryResult)]
struct NoticeDue {
    id: CaseId,
    number: String,
    title_zh: String,
    title_en: String,
    organisation_id: OrganisationId,
    assignee_id: Option<AccountId>,
    clock: String,
}

/// Notifies the assignee of the case and the supervisors of the organisation, once for each clock that meets the
/// condition. The statements are composed of the fixed texts in [`NOTICES`].
async fn notify_staff(store: &Store, notice: &'static ClockNotice) -> Result<u32> {
    let ClockNotice { kind, sent_at, when } = notice;
    let condition = format!("running_since IS NOT NULL AND {sent_at} IS NULL AND {when}");
    let find = format!(
        "SELECT c.id, c.number, c.title_zh, c.title_en, c.organisation_id, c.assignee_id, k.clock
         FROM (SELECT case_id, clock, legal_due FROM case_clock WHERE {condition}) k JOIN cases c ON c.id = k.case_id
         ORDER BY k.legal_due, c.id LIMIT $2 FOR UPDATE OF c SKIP LOCKED"
    );
    // Checked again under the lock on the case: the clock may have been paused or stopped since it was found.
    let mark = format!("UPDATE case_clock SET {sent_at} = huimin_now() WHERE {condition} AND case_id = $2 AND clock = $3");
    let mut count = 0;
    loop {
        let tx = store.write(&system()).await?;
        let workday = DbDate::from(last_workday(tx.now().await?.today()));
        let found: Vec<NoticeDue> = tx.all(&find, [workday.into(), BATCH.into()]).await?;
        if found.is_empty() {
            return Ok(count);
        }
        for clock in found {
            if tx.run(&mark, [workday.into(), clock.id.into(), clock.clock.clone().into()]).await? == 1 {
                notify_about(&tx, kind, &clock).await?;
                count += 1;
            }
        }
        tx.commit().await?;
    }
}

async fn notify_about(tx: &Tx, kind: &str, clock: &NoticeDue) -> Result<()> {
    let mut recipients: Vec<AccountId> = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .distinct()
        .inner_join(account::Entity)
        .filter(membership::Column::OrganisationId.eq(clock.organisation_id))
        .filter(membership::Column::Role.eq(Role::Supervisor))
        .filter(membership::Column::EndedAt.is_null())
        .filter(account::Column::DisabledAt.is_null())
        .into_tuple()
        .all(tx)
        .await?;
    recipients.extend(clock.assignee_id.filter(|a| !recipients.contains(a)));
    let facts = json!({ "number": clock.number, "zh": clock.title_zh, "en": clock.title_en, "clock": clock.clock });
    for account in recipients {
        notices::notify(tx, account, Some(clock.id), kind, facts.clone()).await?;
    }
    Ok(())
}
