//! Heartbeats of the engine and the auditor, and the operator's warnings about them.

use crate::care::entity::care_heartbeat;
use crate::{Actor, Store, Task, error::Result, notices::entity::operator_warning, store::Tx};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, SelectExt, raw_sql,
    sea_query::{Expr, ExprTrait as _},
};
use shared::{care::board::HeartbeatSource, notices::WarningKind};
use std::time::Duration;

/// Seconds without a heartbeat after which there is a warning.
const SILENT_AFTER: i32 = 30;
/// Time after the start of a process during which the other process may still be missing.
pub(crate) const STARTUP_GRACE: Duration = Duration::from_secs(30);
/// The text of [`WarningKind::CareCityDeskEmpty`].
pub(crate) const CITY_DESK_EMPTY_TEXT: &str =
    "nobody is on duty at the city's duty desk, where every call ends that nobody answers";

/// Writes the heartbeat of `own` and checks the one of `watched`: if that is silent for 30 s there is a warning, until its
/// next heartbeat. While the process is `starting`, a missing heartbeat is no warning yet.
pub(crate) async fn report(store: &Store, own: HeartbeatSource, watched: HeartbeatSource, starting: bool) -> Result<()> {
    let tx = store.write(&Actor::system(Task::Emergency)).await?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_heartbeat (name, at) VALUES ({own}, huimin_now()) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
    ))
    .await?;
    let silent = !is_alive(&tx, watched).await?;
    if !(starting && silent) {
        let detail = silent.then(|| format!("no sign of life of the {watched} for {SILENT_AFTER} s"));
        set_warning(&tx, silent_warning(watched), detail).await?;
    }
    tx.commit().await
}

/// The warning that this process is silent.
const fn silent_warning(source: HeartbeatSource) -> WarningKind {
    match source {
        HeartbeatSource::Engine => WarningKind::CareEngineSilent,
        HeartbeatSource::Auditor => WarningKind::CareAuditorSilent,
    }
}

/// Whether there was a heartbeat within 30 s.
async fn is_alive(tx: &Tx, source: HeartbeatSource) -> Result<bool> {
    let oldest = Expr::cust_with_values("huimin_now() - make_interval(secs => $1)", [f64::from(SILENT_AFTER)]);
    let recent = care_heartbeat::Column::At.into_expr().gt(oldest);
    Ok(care_heartbeat::Entity::find_by_id(source).filter(recent).exists(tx).await?)
}

/// Sets a warning to the operator, or deletes it where there is no `detail`.
pub(crate) async fn set_warning(tx: &Tx, kind: WarningKind, detail: Option<String>) -> Result<()> {
    let code = kind.code();
    let Some(detail) = detail else {
        if operator_warning::Entity::delete_by_id(code.to_owned()).exec(tx).await?.rows_affected > 0 {
            tracing::info!(code, "an alarm is over");
        }
        return Ok(());
    };
    let is_new: Option<bool> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "INSERT INTO operator_warning (code, detail) VALUES ({code}, {detail})
             ON CONFLICT (code) DO UPDATE SET detail = excluded.detail RETURNING xmax = 0"
        ))
        .await?;
    if is_new == Some(true) {
        metrics::counter!(crate::metric_names::SOS_ALARMS, "code" => code.to_owned()).increment(1);
    }
    tracing::error!(code, detail, "alarm");
    Ok(())
}
