//! Signs of life of what must not stop, and what the operator is told when one is missing.

use crate::{Actor, Store, Task, error::Result, store::Tx};
use sea_orm::FromQueryResult;

/// The engine's name.
pub(crate) const ENGINE: &str = "engine";
/// The auditor's name.
pub(crate) const AUDITOR: &str = "auditor";
/// Seconds without a sign of life after which there is an alarm.
const SILENT: i32 = 30;

/// Gives a sign of life and looks for the other's: `watched` silent for 30 s is an alarm, until it is heard again.
/// A process that began a moment ago gives the other time: `fresh`.
pub(crate) async fn beat(store: &Store, mine: &str, watched: &str, fresh: bool) -> Result<()> {
    let tx = store.write(&Actor::system(Task::Emergency)).await?;
    tx.run(
        "INSERT INTO care_heartbeat (name, at) VALUES ($1, huimin_now())
         ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        [mine.into()],
    )
    .await?;
    let silent = !heard(&tx, watched).await?;
    if !(fresh && silent) {
        let detail = silent.then(|| format!("no sign of life of the {watched} for {SILENT} s"));
        alarm(&tx, &format!("care_{watched}_silent"), detail).await?;
    }
    tx.commit().await
}

/// Whether there was a sign of life within 30 s.
async fn heard(tx: &Tx, name: &str) -> Result<bool> {
    let alive = "SELECT FROM care_heartbeat WHERE name = $1 AND at > huimin_now() - make_interval(secs => $2)";
    Ok(tx.run(alive, [name.into(), f64::from(SILENT).into()]).await? > 0)
}

/// Raises an operator's warning, or takes it back when all is well: every alarm goes by itself.
pub(crate) async fn alarm(tx: &Tx, code: &str, detail: Option<String>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Fresh {
        fresh: bool,
    }
    let Some(detail) = detail else {
        if tx.run("DELETE FROM operator_warning WHERE code = $1", [code.into()]).await? > 0 {
            tracing::info!(code, "an alarm is over");
        }
        return Ok(());
    };
    let raised: Option<Fresh> = tx
        .one(
            "INSERT INTO operator_warning (code, detail) VALUES ($1, $2)
             ON CONFLICT (code) DO UPDATE SET detail = excluded.detail RETURNING xmax = 0 AS fresh",
            [code.into(), detail.clone().into()],
        )
        .await?;
    if raised.is_some_and(|r| r.fresh) {
        metrics::counter!(crate::http::health::SOS_ALARMS, "code" => code.to_owned()).increment(1);
    }
    tracing::error!(code, detail, "alarm");
    Ok(())
}
