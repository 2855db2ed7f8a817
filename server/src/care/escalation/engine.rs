//! The engine (升级引擎): takes the steps that are due, in every running instance.
//!
//! What is due stands in the row of the call (`next_step_at`) and is claimed with `FOR UPDATE SKIP LOCKED`: whoever
//! comes first takes it, nobody waits. A batch is one transaction of a dozen statements however many calls it holds:
//! whom the step called, the event, the notices, the jobs that send, and when the next is due. A process that is killed
//! in between leaves nothing, and another does it again; what leaves the house is sent by jobs, at least once.
//!
//! An answer that stands without progress for too long is none: the call rings again, from the step that comes next. So it
//! does when whoever said that they go does not come ([`crate::care::response::timeouts`]).

use crate::care::{
    CITY_DESK,
    escalation::{
        alert,
        heartbeat::{self, AUDITOR, ENGINE},
        targets::{Called, Place, Reach},
    },
    response::timeouts,
};
use crate::{
    Actor, AppState, Store, Task,
    cases::{self, Assign, CaseRow, Change, Effect},
    error::{Error, Result},
    http::health::SOS_LATENESS,
    jobs::worker::{is_stopped, stopped},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::{
    Problem,
    care::{
        escalation::{DELAYS, LATE_SECONDS, PolicyStep, Target, Turn, last_resort, take},
        life::{ANSWERED, DISPATCHED, ESCALATE, ON_SCENE, RESPONDER_LATE, RINGING, SOS, UNANSWER},
        responder::ARRIVE_SECONDS,
    },
    cases::Step,
    ids::{AccountId, CaseId, OrganisationId},
};
use sqlx::{PgPool, postgres::PgListener};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Calls of one transaction.
const BATCH: i64 = 200;
/// How often is asked for what is due when nobody wakes the engine.
const POLL: Duration = Duration::from_millis(200);
/// Between two batches that were not full: those that come due meanwhile are one batch more, not many.
const BREATH: Duration = Duration::from_millis(40);
/// Before the next try when the store does not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the engine gives a sign of life and looks for the auditor's.
const BEAT: Duration = Duration::from_secs(5);
/// How long after its start an instance gives the other one time to appear.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// A call whose time has come.
#[derive(FromQueryResult)]
pub(crate) struct Due {
    #[sea_orm(nested)]
    pub(crate) case: CaseRow,
    steps: Value,
    step: i32,
    round: i32,
    next_step_at: OffsetDateTime,
    neighbour_id: Option<OrganisationId>,
}

impl Due {
    fn place(&self) -> Place {
        Place { centre: self.case.organisation_id, neighbour: self.neighbour_id, person: self.case.subject_id }
    }

    /// Its policy; what cannot be read is replaced, so that no call waits for data to be mended.
    fn policy(&self) -> Vec<PolicyStep> {
        match serde_json::from_value::<Vec<PolicyStep>>(self.steps.clone()) {
            Ok(steps) if !steps.is_empty() => steps,
            other => {
                tracing::error!(case = %self.case.id, error = ?other.err(), "a policy without steps; the duty desk is called");
                last_resort()
            }
        }
    }

    fn late(&self, now: OffsetDateTime) -> time::Duration {
        now - self.next_step_at
    }
}

/// A batch that came to nothing: which calls it held, and why.
struct Stuck {
    calls: Vec<CaseId>,
    error: Error,
}

impl From<Error> for Stuck {
    fn from(error: Error) -> Self {
        Self { calls: Vec::new(), error }
    }
}

/// Whoever somebody called is told as, row for row of `care_page`.
#[derive(Default)]
struct Pages {
    rows: Vec<alert::Row>,
}

/// What is written of calls when their step was taken, row for row of `care_call`.
#[derive(Default)]
struct Turns {
    cases: Vec<CaseId>,
    steps: Vec<i32>,
    rounds: Vec<i32>,
    next: Vec<OffsetDateTime>,
}

/// Takes every step that is due, and says how many calls were taken up.
///
/// # Errors
/// What the store says. A single call that fails is logged, does not stop the others, and stays due.
pub async fn tick(city: &AppState) -> Result<usize> {
    let (mut all, city) = (0, city.for_emergency());
    loop {
        match pass(&city.store).await? {
            0 => return Ok(all),
            taken => all += taken,
        }
    }
}

/// One batch; one by one if it fails as a whole, so that one bad row never stops the others.
async fn pass(store: &Store) -> Result<usize> {
    match batch(store, BATCH, &[]).await {
        Ok(taken) => Ok(taken),
        Err(Stuck { calls, error }) if calls.is_empty() => Err(error),
        Err(Stuck { error, .. }) => {
            tracing::error!(%error, "a batch of steps failed; its calls are taken one by one");
            one_by_one(store).await
        }
    }
}

async fn one_by_one(store: &Store) -> Result<usize> {
    let (mut taken, mut failed) = (0, Vec::new());
    for _ in 0..BATCH {
        match batch(store, 1, &failed).await {
            Ok(0) => break,
            Ok(n) => taken += n,
            Err(Stuck { calls, error }) if calls.is_empty() => return Err(error),
            Err(Stuck { calls, error }) => {
                tracing::error!(?calls, %error, "the step of a call could not be taken");
                failed.extend(calls);
            }
        }
    }
    Ok(taken)
}

/// Claims up to so many calls and does what is due, in one transaction.
async fn batch(store: &Store, most: i64, except: &[CaseId]) -> Result<usize, Stuck> {
    let actor = Actor::system(Task::Emergency);
    let tx = store.write(&actor).await?;
    let now = tx.now().await?.at;
    let due = claim(&tx, now, most, except).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let calls: Vec<CaseId> = due.iter().map(|d| d.case.id).collect();
    let done = async {
        serve(&tx, &actor, now, due).await?;
        tx.commit().await
    };
    done.await.map(|()| calls.len()).map_err(|error| Stuck { calls, error })
}

/// Locks the calls that are due and nobody works on at this moment; the case with the call, as every change does. The
/// moment is given, not asked for: only a comparison with a plain value may use the index past the row-level policies.
async fn claim(tx: &Tx, now: OffsetDateTime, most: i64, except: &[CaseId]) -> Result<Vec<Due>> {
    let columns = cases::columns_of("c");
    tx.all(
        &format!(
            "SELECT {columns}, p.steps, k.step, k.round, k.next_step_at, z.neighbour_id
               FROM care_call k JOIN cases c ON c.id = k.case_id JOIN care_policy p ON p.id = k.policy_id
               LEFT JOIN care_centre z ON z.organisation_id = c.organisation_id
              WHERE k.next_step_at <= $3 AND k.case_id <> ALL($2)
              ORDER BY k.next_step_at LIMIT $1 FOR UPDATE OF c, k SKIP LOCKED"
        ),
        [most.into(), except.to_vec().into(), now.into()],
    )
    .await
}

fn row(from: &str, action: &str) -> Result<&'static Step> {
    SOS.find(from, action).next().ok_or_else(|| Error::Broken(format!("no row {from} {action}")))
}

/// Does what is due for calls that this transaction holds.
async fn serve(tx: &Tx, actor: &Actor, now: OffsetDateTime, due: Vec<Due>) -> Result<()> {
    let (mut ring, mut silent, mut sent, mut done) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for call in due {
        match call.case.state.as_str() {
            state if state == RINGING.0 => ring.push(call),
            state if state == ANSWERED.0 => silent.push(call),
            state if state == DISPATCHED.0 || state == ON_SCENE.0 => sent.push(call),
            _ => done.push(call.case.id),
        }
    }
    let mut changes = Vec::new();
    let sorted = timeouts::sort(tx, now, sent).await?;
    silent.extend(sorted.silent);
    for (call, facts) in sorted.late {
        let step = row(&call.case.state, RESPONDER_LATE.0)?;
        changes.push((call.case, step, Effect { facts, ..Effect::default() }));
    }
    let (mut pages, mut turns) = (Pages::default(), Turns::default());
    let policies: Vec<Vec<PolicyStep>> = ring.iter().map(Due::policy).collect();
    if !ring.is_empty() {
        let places: Vec<Place> = ring.iter().map(Due::place).collect();
        let family = policies.iter().flatten().any(|s| s.targets.contains(&Target::Family));
        let reach = Reach::of(tx, &places, family).await?;
        for (call, policy) in ring.into_iter().zip(&policies) {
            metrics::histogram!(SOS_LATENESS).record(call.late(now).as_seconds_f64());
            let effect = step(&call, now, policy, &reach, &mut pages, &mut turns)?;
            changes.push((call.case, row(RINGING.0, ESCALATE.0)?, effect));
        }
        if reach.city_desk_is_empty() && pages.rows.iter().any(|p| p.called.target == Target::CityDesk) {
            heartbeat::alarm(
                tx,
                crate::care::escalation::auditor::NOBODY,
                Some(crate::care::escalation::auditor::NOBODY_TEXT.to_owned()),
            )
            .await?;
        }
    }
    let unanswered: Vec<CaseId> = silent.iter().map(|c| c.case.id).collect();
    for call in silent {
        let step = row(&call.case.state, UNANSWER.0)?;
        changes.push((call.case, step, Effect { assign: Assign::Nobody, ..Effect::default() }));
    }
    cases::act_many(tx, actor, &changes).await?;
    alert::write(tx, pages.rows).await?;
    write_turns(tx, turns).await?;
    ring_again(tx, unanswered).await?;
    if !done.is_empty() {
        tx.run("UPDATE care_call SET next_step_at = NULL WHERE case_id = ANY($1)", [done.into()]).await?;
    }
    Ok(())
}

/// Takes the step of one call.
fn step(
    call: &Due,
    now: OffsetDateTime,
    policy: &[PolicyStep],
    reach: &Reach,
    pages: &mut Pages,
    turns: &mut Turns,
) -> Result<Effect> {
    let place = call.place();
    let due = Turn { step: usize::try_from(call.step).unwrap_or_default(), round: u32::try_from(call.round).unwrap_or_default() };
    let whom = |step: &PolicyStep| -> Vec<Called> { step.targets.iter().flat_map(|t| reach.whom(*t, place)).collect() };
    let taken = take(policy.len(), due, |i| policy.get(i).is_some_and(|s| !whom(s).is_empty()));
    let wrong = || Error::Broken(format!("no step {} in a policy of {}", taken.turn.step, policy.len()));
    let step = policy.get(taken.turn.step).ok_or_else(wrong)?;
    let mut called: Vec<Called> = Vec::new();
    for one in whom(step) {
        // Who is called as two is called once.
        if one.account.is_none() || !called.iter().any(|c| c.account == one.account) {
            called.push(one);
        }
    }
    let reached = called.iter().filter(|c| c.account.is_some() || c.contact.is_some()).count();
    let mut facts = serde_json::Map::new();
    facts.insert("step".to_owned(), json!(taken.turn.step + 1));
    facts.insert("round".to_owned(), json!(taken.turn.round.saturating_add(1)));
    facts.insert("targets".to_owned(), json!(step.targets));
    facts.insert("reached".to_owned(), json!(reached));
    if !taken.skipped.is_empty() {
        facts.insert("skipped".to_owned(), json!(taken.skipped.iter().map(|s| s + 1).collect::<Vec<_>>()));
    }
    let small = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let round = |turn: Turn| i32::try_from(turn.round).unwrap_or(i32::MAX);
    for one in &called {
        pages.rows.push(alert::Row {
            case: call.case.id,
            number: call.case.number.clone(),
            title_zh: call.case.title_zh.clone(),
            title_en: call.case.title_en.clone(),
            round: round(taken.turn),
            step: small(taken.turn.step),
            called: *one,
            due_at: call.next_step_at,
        });
    }
    turns.cases.push(call.case.id);
    turns.steps.push(small(taken.next.step));
    turns.rounds.push(round(taken.next));
    let from = if call.late(now) <= time::Duration::seconds(LATE_SECONDS.into()) { call.next_step_at } else { now };
    turns.next.push(from + time::Duration::seconds(step.delay_seconds.into()));
    Ok(Effect { facts, add_organisations: join(call, step), add_helpers: helpers(&called), ..Effect::default() })
}

/// The centres that a step draws in.
fn join(call: &Due, step: &PolicyStep) -> Vec<OrganisationId> {
    let mut centres = Vec::new();
    if step.targets.contains(&Target::Neighbour) {
        centres.extend(call.neighbour_id);
    }
    if step.targets.contains(&Target::CityDesk) {
        centres.push(CITY_DESK);
    }
    centres.retain(|c| *c != call.case.organisation_id && !call.case.joined.contains(c));
    centres
}

/// The accounts that help from now on: those at a desk see the call anyway.
fn helpers(called: &[Called]) -> Vec<AccountId> {
    called.iter().filter(|c| !c.target.is_desk()).filter_map(|c| c.account).collect()
}

async fn write_turns(tx: &Tx, turns: Turns) -> Result<()> {
    if turns.cases.is_empty() {
        return Ok(());
    }
    tx.run(
        "UPDATE care_call k SET step = n.step, round = n.round, next_step_at = n.at
           FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::timestamptz[]) AS n (id, step, round, at) WHERE k.case_id = n.id",
        [turns.cases.into(), turns.steps.into(), turns.rounds.into(), turns.next.into()],
    )
    .await?;
    Ok(())
}

/// The answer came to nothing. The step after the one that was answered is due at once: `next_step_at` stays in the
/// past, and the next batch takes it.
async fn ring_again(tx: &Tx, calls: Vec<CaseId>) -> Result<()> {
    if calls.is_empty() {
        return Ok(());
    }
    tx.run("UPDATE care_call SET answered_at = NULL, dispatched_at = NULL WHERE case_id = ANY($1)", [calls.into()]).await?;
    Ok(())
}

/// What the table of handlers has for the engine's own actions: they are not to be had one by one, by nobody.
pub(crate) async fn system_only<I>(_: &Change<'_>, _: &I) -> Result<Effect> {
    Err(Problem::Forbidden.into())
}

/// Something is being done for this call: it rings again unless something more is done within the time of its policy.
/// For the handlers of answers, call-backs and dispatches, in their transaction.
///
/// # Errors
/// What the store says.
pub async fn progress(tx: &Tx, case: CaseId) -> Result<()> {
    tx.run(
        "UPDATE care_call k SET next_step_at = huimin_now() + make_interval(secs => p.progress_seconds)
           FROM care_policy p WHERE p.id = k.policy_id AND k.case_id = $1",
        [case.into()],
    )
    .await?;
    Ok(())
}

/// Nothing is due for this call any more: somebody is there, or it has ended.
///
/// # Errors
/// What the store says.
pub async fn rest(tx: &Tx, case: CaseId) -> Result<()> {
    tx.run("UPDATE care_call SET next_step_at = NULL WHERE case_id = $1", [case.into()]).await?;
    Ok(())
}

/// Gives a sign of life, looks for the auditor's, and makes due what no clock that runs forward could have put off so
/// far: after the clock of the store was set back, calls would wait for a time that was here before.
///
/// # Errors
/// What the store says.
pub async fn pulse(city: &AppState) -> Result<()> {
    pulse_as(&city.for_emergency(), false).await
}

async fn pulse_as(city: &AppState, fresh: bool) -> Result<()> {
    let tx = city.store.write(&Actor::system(Task::Emergency)).await?;
    let now = tx.now().await?.at;
    let longest = time::Duration::seconds(i64::from(DELAYS.1) + i64::from(LATE_SECONDS));
    // Where somebody is on the way, until then they must be there.
    let put_off = "UPDATE care_call k SET next_step_at = $1 FROM cases c, care_policy p
        WHERE c.id = k.case_id AND p.id = k.policy_id AND k.next_step_at > $2
          AND (c.state = 'ringing' OR k.next_step_at > $2 + make_interval(secs => greatest(p.progress_seconds,
                   CASE WHEN c.state = 'answered' THEN 0 ELSE $3 END)))";
    let found = tx.run(put_off, [now.into(), (now + longest).into(), ARRIVE_SECONDS.1.into()]).await?;
    tx.commit().await?;
    if found > 0 {
        tracing::error!(calls = found, "calls waited for a time too far away; was the clock set back?");
    }
    heartbeat::beat(&city.store, ENGINE, AUDITOR, fresh).await
}

/// Takes steps until `stop` says true (or its sender is gone). When Postgres goes away it tries again every half
/// second; what it did not finish is done by whoever comes next.
pub async fn run(city: AppState, mut stop: watch::Receiver<bool>) {
    let wake = Arc::new(Notify::new());
    // It sits on its connection for good, so it takes none of those that are kept for calls.
    let ear = tokio::spawn(listen(city.store.pool().clone(), Arc::clone(&wake)));
    let city = city.for_emergency();
    let (begun, mut beaten) = (Instant::now(), None::<Instant>);
    while !is_stopped(&stop) {
        let rest = match pass(&city.store).await {
            Ok(0) => POLL,
            Ok(taken) if i64::try_from(taken).unwrap_or(BATCH) < BATCH => BREATH,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(%error, "the engine waits for the store");
                PAUSE
            }
        };
        if beaten.is_none_or(|b| b.elapsed() >= BEAT) {
            match pulse_as(&city, begun.elapsed() < GRACE).await {
                Ok(()) => beaten = Some(Instant::now()),
                Err(error) => tracing::warn!(%error, "the engine’s sign of life is not written"),
            }
        }
        if rest.is_zero() {
            continue;
        }
        tokio::select! {
            () = wake.notified(), if rest == POLL => {}
            () = tokio::time::sleep(rest) => {}
            () = stopped(&mut stop) => break,
        }
    }
    ear.abort();
}

/// Wakes the engine when a call is due at once. Without it, polling finds the call a moment later.
async fn listen(pool: PgPool, wake: Arc<Notify>) {
    loop {
        if let Err(error) = hear(&pool, &wake).await {
            tracing::warn!(%error, "the engine’s listener begins anew");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("huimin_call").await?;
    loop {
        listener.recv().await?;
        wake.notify_one();
    }
}
