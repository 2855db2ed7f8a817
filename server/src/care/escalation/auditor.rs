//! The auditor (巡检): looks every ten seconds, apart from the engine and in every instance, whether steps were taken.
//!
//! It does not do the engine's work: it says that it was not done. Every alarm is an operator's warning, an error in the
//! log and a metric; it goes by itself when all is well. Engine and auditor watch each other's signs of life.

use crate::care::{
    CITY_DESK,
    escalation::{
        engine::GRACE,
        heartbeat::{self, AUDITOR, ENGINE},
    },
};
use crate::{
    Actor, AppState, Task,
    error::{Error, Result},
    http::health::SOS_OVERDUE,
    jobs::worker::stopped,
};
use sea_orm::FromQueryResult;
use shared::care::{
    escalation::{DELAYS, LATE_SECONDS},
    responder::ARRIVE_SECONDS,
};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);
/// The alarm that steps are overdue.
pub const OVERDUE: &str = "care_overdue";
/// The alarm that nobody at the city's duty desk is on duty.
pub const NOBODY: &str = "care_city_desk_empty";
pub(crate) const NOBODY_TEXT: &str = "nobody is on duty at the city's duty desk, where every call ends that nobody answers";

/// What it saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Calls whose next step is overdue by more than 5 s.
    pub overdue: i64,
    /// Open calls for which the engine must do something next and that wait for nothing, or for a moment further away than
    /// any it sets.
    pub stranded: i64,
    /// By how many seconds the most overdue is.
    pub worst_seconds: f64,
    /// Whether somebody is on duty at the city's duty desk.
    pub desk: bool,
}

#[derive(FromQueryResult)]
struct Row {
    overdue: i64,
    stranded: i64,
    worst: f64,
    desk: bool,
}

/// Looks once: raises and takes back alarms, and gives a sign of life.
///
/// # Errors
/// What the store says.
pub async fn look(city: &AppState) -> Result<Look> {
    look_as(city, false).await
}

async fn look_as(city: &AppState, fresh: bool) -> Result<Look> {
    let city = city.for_emergency();
    let tx = city.store.write(&Actor::system(Task::Emergency)).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT count(*) AS overdue, coalesce(max(extract(epoch FROM huimin_now() - k.next_step_at)), 0)::float8 AS worst,
                    EXISTS (SELECT FROM huimin_duty_of(ARRAY(
                        SELECT m.account_id FROM membership m JOIN account a ON a.id = m.account_id
                         WHERE m.organisation_id = $2 AND m.role IN ('dispatcher', 'chief_dispatcher')
                           AND m.ended_at IS NULL AND a.disabled_at IS NULL))) AS desk,
                    (SELECT count(*) FROM cases c JOIN care_call s ON s.case_id = c.id JOIN care_policy p ON p.id = s.policy_id
                      WHERE c.kind = 'sos' AND c.closed_at IS NULL
                        AND CASE WHEN s.next_step_at IS NULL THEN c.state IN ('ringing', 'answered') OR NOT EXISTS (
                                     SELECT FROM care_offer o WHERE o.case_id = c.id AND o.arrived_at IS NOT NULL
                                        AND o.withdrawn_at IS NULL AND o.done_at IS NULL)
                                 ELSE s.next_step_at > huimin_now() + make_interval(secs => $1 + CASE c.state
                                     WHEN 'ringing' THEN $3 WHEN 'answered' THEN p.progress_seconds
                                     ELSE greatest(p.progress_seconds, $4) END) END) AS stranded
               FROM care_call k WHERE k.next_step_at < huimin_now() - make_interval(secs => $1)",
            [
                f64::from(LATE_SECONDS).into(),
                CITY_DESK.into(),
                i32::try_from(DELAYS.1).unwrap_or(i32::MAX).into(),
                ARRIVE_SECONDS.1.into(),
            ],
        )
        .await?;
    let Row { overdue, stranded, worst, desk } = row.ok_or_else(|| Error::Broken("no answer".into()))?;
    metrics::gauge!(SOS_OVERDUE).set(worst);
    let late = (overdue + stranded > 0).then(|| {
        format!("{overdue} calls wait for their next step, the longest {worst:.0} s too long; {stranded} have none, or one too far away")
    });
    heartbeat::alarm(&tx, OVERDUE, late).await?;
    heartbeat::alarm(&tx, NOBODY, (!desk).then(|| NOBODY_TEXT.to_owned())).await?;
    tx.commit().await?;
    heartbeat::beat(&city.store, AUDITOR, ENGINE, fresh).await?;
    Ok(Look { overdue, stranded, worst_seconds: worst, desk })
}

/// Looks again and again until `stop` says true (or its sender is gone).
pub async fn run(city: AppState, mut stop: watch::Receiver<bool>) {
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopped(&mut stop) => return,
        }
        if let Err(error) = look_as(&city, begun.elapsed() < GRACE).await {
            tracing::error!(%error, "the auditor could not look");
        }
    }
}
