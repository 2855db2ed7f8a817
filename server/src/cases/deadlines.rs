//! What happens by itself when time passes: warnings, acceptance by silence, due dates that a new calendar settles.
//!
//! Runs every few minutes in any number of processes. Each case is locked before its clocks, as the door does it, and
//! one that somebody works on at this moment is left for the next run.

use super::{
    Lives, Request,
    clocks::{self, last_workday},
    perform_in,
};
use crate::{
    AppState, Store, Task,
    account::actor::Actor,
    error::Result,
    notices,
    store::{Tx, civil, stored},
};
use jiff::{ToSpan, civil::Date};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    cases::WorkCalendar,
    ids::{AccountId, CaseId, OrganisationId},
};

const CALENDAR: WorkCalendar = WorkCalendar::PUBLISHED;
/// How many days before a missing year the operator is warned.
const AHEAD: i64 = 60;
/// How many cases one transaction or statement takes.
const BATCH: i64 = 100;
/// What of a clock staff are told of, once.
struct News {
    /// The kind of notice.
    kind: &'static str,
    /// The column that says that it was told.
    told_at: &'static str,
    /// When it is so. $1: the last working day up to today.
    when: &'static str,
}

static NEWS: [News; 2] = [
    News { kind: "deadline_warning", told_at: "warned_at", when: "warn_on <= $1 AND (legal_due IS NULL OR legal_due >= $1)" },
    News { kind: "deadline_overdue", told_at: "overdue_at", when: "legal_due < $1" },
];

/// The operator's warning that a calendar is missing.
const MISSING: &str = "calendar_missing";

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Clocks of which staff were told that time runs out, or has.
    pub warned: u32,
    /// Cases in which the system did what follows when a clock has run out.
    pub run_out: u32,
    /// Cases whose clocks were computed anew.
    pub recounted: u32,
    /// Cases in which one of these failed; the log says why.
    pub failed: u32,
    /// The year whose calendar is needed soon.
    pub calendar_missing: Option<i16>,
}

/// One run.
///
/// # Errors
/// What the store says; a single case that fails is logged and counted, and does not stop the others.
pub async fn run_deadlines(city: &AppState) -> Result<Summary> {
    let store = &city.store;
    let mut summary = Summary::default();
    recount(store, &mut summary).await?;
    run_out(store, &mut summary).await?;
    for news in &NEWS {
        summary.warned += tell_staff(store, news).await?;
    }
    summary.calendar_missing = watch_calendar(store).await?;
    Ok(summary)
}

fn system() -> Actor {
    Actor::system(Task::Deadlines)
}

/// Locks a case that nobody works on at this moment.
async fn lock(tx: &Tx, case: CaseId) -> Result<bool> {
    Ok(tx.run("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE SKIP LOCKED", [case.into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct Pending {
    id: CaseId,
    kind: String,
}

/// Computes due dates and counts that waited for a calendar that is there now.
async fn recount(store: &Store, summary: &mut Summary) -> Result<()> {
    let years: Vec<i32> = CALENDAR.years().iter().map(|y| i32::from(y.year)).collect();
    let mut last = CaseId::NIL;
    loop {
        let tx = store.read(&system()).await?;
        let found: Vec<Pending> = tx
            .all(
                "SELECT DISTINCT c.id, c.kind FROM case_clock k JOIN cases c ON c.id = k.case_id
                 WHERE k.pending_year = ANY($1) AND c.id > $2 ORDER BY c.id LIMIT $3",
                [years.clone().into(), last.into(), BATCH.into()],
            )
            .await?;
        drop(tx);
        let Some(end) = found.last() else { return Ok(()) };
        last = end.id;
        for case in found {
            match recount_one(store, &case).await {
                Ok(true) => summary.recounted += 1,
                Ok(false) => {}
                Err(error) => failed(summary, case.id, &error),
            }
        }
    }
}

async fn recount_one(store: &Store, case: &Pending) -> Result<bool> {
    let tx = store.write(&system()).await?;
    if !lock(&tx, case.id).await? {
        return Ok(false);
    }
    clocks::recount(&tx, case.id, Lives::of(&tx)?.life(&case.kind)?.flow).await?;
    tx.commit().await?;
    Ok(true)
}

fn failed(summary: &mut Summary, case: CaseId, error: &crate::Error) {
    tracing::error!(%case, %error, "a deadline could not be served");
    summary.failed += 1;
}

#[derive(FromQueryResult)]
struct RunOut {
    id: CaseId,
    number: String,
    kind: String,
    state: String,
    clock: String,
    running_since: time::Date,
}

/// Does what the Flows say of clocks whose legal limit has passed: acceptance by silence (逾期视为受理).
async fn run_out(store: &Store, summary: &mut Summary) -> Result<()> {
    let (mut kinds, mut states, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let lives = Lives::of(&store.read(&system()).await?)?;
    for flow in lives.flows() {
        for step in flow.steps.iter().filter(|s| s.by == shared::cases::Party::System) {
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
        let found: Vec<RunOut> = tx
            .all(
                "SELECT c.id, c.number, c.kind, c.state, k.clock, k.running_since FROM case_clock k JOIN cases c ON c.id = k.case_id
                 WHERE k.running_since IS NOT NULL AND k.legal_due < huimin_today() AND c.id > $1
                   AND (c.kind, c.state, k.clock) IN (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]))
                 ORDER BY c.id LIMIT $5",
                [last.into(), kinds.clone().into(), states.clone().into(), names.clone().into(), BATCH.into()],
            )
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

async fn run_out_one(store: &Store, due: &RunOut) -> Result<bool> {
    let tx = store.write(&system()).await?;
    let life = Lives::of(&tx)?.life(&due.kind)?;
    let Some(step) = life.flow.when_run_out(&due.state, &due.clock) else { return Ok(false) };
    let input = life.plain_input(step.action)?;
    // Looked at again under the lock: somebody may have acted since.
    let still = tx
        .run(
            "SELECT 1 FROM cases c WHERE c.id = $1 AND c.state = $2 AND EXISTS (SELECT 1 FROM case_clock k
                 WHERE k.case_id = c.id AND k.clock = $3 AND k.running_since = $4) FOR UPDATE SKIP LOCKED",
            [due.id.into(), due.state.clone().into(), due.clock.clone().into(), due.running_since.into()],
        )
        .await?;
    if still == 0 {
        return Ok(false);
    }
    let key = format!("{}-{}", due.clock, civil(due.running_since));
    let request = Request { number: &due.number, version: None, key: &key, input: &*input };
    perform_in(&tx, &system(), &request).await?;
    tx.commit().await?;
    Ok(true)
}

#[derive(FromQueryResult)]
struct Near {
    id: CaseId,
    number: String,
    title_zh: String,
    title_en: String,
    organisation_id: OrganisationId,
    assignee_id: Option<AccountId>,
    clock: String,
}

/// Tells once of each clock of which this is so: who works on the case, and the supervisors of the organisation.
async fn tell_staff(store: &Store, news: &'static News) -> Result<u32> {
    let News { kind, told_at, when } = news;
    let condition = format!("running_since IS NOT NULL AND {told_at} IS NULL AND {when}");
    let find = format!(
        "SELECT c.id, c.number, c.title_zh, c.title_en, c.organisation_id, c.assignee_id, k.clock
         FROM (SELECT case_id, clock, legal_due FROM case_clock WHERE {condition}) k JOIN cases c ON c.id = k.case_id
         ORDER BY k.legal_due, c.id LIMIT $2 FOR UPDATE OF c SKIP LOCKED"
    );
    // Under the lock on its case a clock is ours; it may have been told of, paused or ended since it was found.
    let mark = format!("UPDATE case_clock SET {told_at} = huimin_now() WHERE {condition} AND case_id = $2 AND clock = $3");
    let mut count = 0;
    loop {
        let tx = store.write(&system()).await?;
        let workday = stored(last_workday(tx.now().await?.today()));
        let found: Vec<Near> = tx.all(&find, [workday.into(), BATCH.into()]).await?;
        if found.is_empty() {
            return Ok(count);
        }
        for clock in found {
            if tx.run(&mark, [workday.into(), clock.id.into(), clock.clock.clone().into()]).await? == 1 {
                tell_of(&tx, kind, &clock).await?;
                count += 1;
            }
        }
        tx.commit().await?;
    }
}

async fn tell_of(tx: &Tx, kind: &str, clock: &Near) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Told {
        account_id: AccountId,
    }
    let supervisors: Vec<Told> = tx
        .all(
            "SELECT DISTINCT m.account_id FROM membership m JOIN account a ON a.id = m.account_id
             WHERE m.organisation_id = $1 AND m.role = 'supervisor' AND m.ended_at IS NULL AND a.disabled_at IS NULL",
            [clock.organisation_id.into()],
        )
        .await?;
    let mut told: Vec<AccountId> = supervisors.into_iter().map(|t| t.account_id).collect();
    told.extend(clock.assignee_id.filter(|a| !told.contains(a)));
    let facts = json!({ "number": clock.number, "zh": clock.title_zh, "en": clock.title_en, "clock": clock.clock });
    for account in told {
        notices::notify(tx, account, Some(clock.id), kind, facts.clone()).await?;
    }
    Ok(())
}

/// Which year's calendar is not published though 60 days from now are in it, or beyond.
fn missing_soon(today: Date) -> Option<i16> {
    let soon = today.checked_add(AHEAD.days()).unwrap_or(today);
    (soon > CALENDAR.published_until()).then(|| CALENDAR.published_until().year() + 1)
}

/// Tells the operator which calendar is missing, or that none is any more.
async fn watch_calendar(store: &Store) -> Result<Option<i16>> {
    let tx = store.write(&system()).await?;
    let missing = missing_soon(tx.now().await?.today());
    match missing {
        Some(year) => {
            tx.run(
                "INSERT INTO operator_warning (code, detail) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET detail = $2",
                [MISSING.into(), year.to_string().into()],
            )
            .await?
        }
        None => tx.run("DELETE FROM operator_warning WHERE code = $1", [MISSING.into()]).await?,
    };
    tx.commit().await?;
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_operator_is_warned_sixty_days_ahead() {
        assert_eq!(missing_soon(date(2026, 11, 1)), None);
        assert_eq!(missing_soon(date(2026, 11, 2)), Some(2027));
        assert_eq!(missing_soon(date(2027, 6, 1)), Some(2027));
    }
}
