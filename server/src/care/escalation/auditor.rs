//! The auditor (巡检): checks every ten seconds, independently of the engine and in every instance, that no step is overdue.
//!
//! It does not take steps itself; it reports that they were not taken. Every finding is a warning to the operator, an error
//! in the log and a metric, and the warning is deleted once all is well. Engine and auditor watch each other's heartbeats.

use crate::care::{
    escalation::heartbeat::{self, CITY_DESK_EMPTY_TEXT, STARTUP_GRACE},
    people::centre::CITY_DESK,
};
use crate::{
    Actor, AppState, Task,
    error::{Error, Result},
    metric_names::SOS_OVERDUE,
    shutdown::stopped,
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    care::{
        board::HeartbeatSource,
        escalation::{DELAYS, LATE_SECONDS},
        responder::ARRIVE_SECONDS,
    },
    notices::WarningKind,
};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The findings of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, FromQueryResult)]
pub struct Findings {
    /// Calls whose next step is overdue by more than 5 s.
    pub overdue: i64,
    /// Open calls on which the engine has to act next and that have no timer, or one further ahead than any it sets.
    pub stranded: i64,
    /// By how many seconds the most overdue call is overdue.
    pub worst_seconds: f64,
    /// Whether a dispatcher of the city's duty desk is on duty.
    pub desk: bool,
}

/// Checks once: sets and deletes warnings, and writes a heartbeat.
///
/// # Errors
/// Errors of the database.
pub async fn check(state: &AppState) -> Result<Findings> {
    check_as(state, false).await
}

async fn check_as(state: &AppState, starting: bool) -> Result<Findings> {
    let state = state.for_emergency();
    let tx = state.store.write(&Actor::system(Task::Emergency)).await?;
    let desk = CITY_DESK;
    let tolerated = f64::from(LATE_SECONDS);
    let (longest_delay, longest_arrival) = (i32::try_from(DELAYS.1).unwrap_or(i32::MAX), ARRIVE_SECONDS.1);
    let found: Option<Findings> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT count(*) AS overdue, coalesce(max(extract(epoch FROM huimin_now() - k.next_step_at)), 0)::float8 AS worst_seconds,
                    EXISTS (SELECT FROM huimin_duty_of(ARRAY(
                        SELECT m.account_id FROM membership m JOIN account a ON a.id = m.account_id
                         WHERE m.organisation_id = {desk} AND m.role IN ('dispatcher', 'chief_dispatcher')
                           AND m.ended_at IS NULL AND a.disabled_at IS NULL))) AS desk,
                    (SELECT count(*) FROM cases c JOIN care_call s ON s.case_id = c.id JOIN care_policy p ON p.id = s.policy_id
                      WHERE c.kind = 'sos' AND c.closed_at IS NULL
                        AND CASE WHEN s.next_step_at IS NULL THEN c.state IN ('ringing', 'answered') OR NOT EXISTS (
                                     SELECT FROM care_offer o WHERE o.case_id = c.id AND o.arrived_at IS NOT NULL
                                        AND o.withdrawn_at IS NULL AND o.done_at IS NULL)
                                 ELSE s.next_step_at > huimin_now() + make_interval(secs => {tolerated} + CASE c.state
                                     WHEN 'ringing' THEN {longest_delay} WHEN 'answered' THEN p.progress_seconds
                                     ELSE greatest(p.progress_seconds, {longest_arrival}) END) END) AS stranded
               FROM care_call k WHERE k.next_step_at < huimin_now() - make_interval(secs => {tolerated})"
        ))
        .await?;
    let found = found.ok_or_else(|| Error::Broken("no answer".into()))?;
    let Findings { overdue, stranded, worst_seconds, desk } = found;
    metrics::gauge!(SOS_OVERDUE).set(worst_seconds);
    let late = (overdue + stranded > 0).then(|| {
        format!("{overdue} calls wait for their next step, the longest {worst_seconds:.0} s too long; {stranded} have none, or one too far away")
    });
    heartbeat::set_warning(&tx, WarningKind::CareOverdue, late).await?;
    heartbeat::set_warning(&tx, WarningKind::CareCityDeskEmpty, (!desk).then(|| CITY_DESK_EMPTY_TEXT.to_owned())).await?;
    tx.commit().await?;
    heartbeat::report(&state.store, HeartbeatSource::Auditor, HeartbeatSource::Engine, starting).await?;
    Ok(found)
}

/// Checks until `stop` is true or its sender is dropped.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let started = Instant::now();
    let mut ticks = tokio::time::interval(CHECK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopped(&mut stop) => return,
        }
        if let Err(error) = check_as(&state, started.elapsed() < STARTUP_GRACE).await {
            tracing::error!(%error, "the auditor could not look");
        }
    }
}
