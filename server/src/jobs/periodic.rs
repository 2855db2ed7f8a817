//! What is due from time to time: a table. Every process looks, an advisory lock lets one of them do it.

use crate::{
    Actor, AppState, Task,
    account::throttle,
    care, cases,
    error::{Error, Result},
    finance, services,
    store::sql,
};
use futures::future::BoxFuture;
use sea_orm::{FromQueryResult, TransactionTrait};
use std::time::Duration;
use tokio::{sync::watch, task::JoinSet, time::MissedTickBehavior};

/// One thing that is due from time to time.
pub struct Due {
    /// Its name, as in logs and locks.
    pub name: &'static str,
    /// How often.
    pub every: Duration,
    work: fn(&AppState) -> BoxFuture<'_, Result<()>>,
}

impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due").field("name", &self.name).field("every", &self.every).finish_non_exhaustive()
    }
}

/// Everything that is due from time to time.
pub static PERIODIC: &[Due] = &[
    Due { name: "sweep", every: Duration::from_secs(300), work: |city| Box::pin(sweep(city)) },
    Due { name: "uploads", every: Duration::from_secs(3600), work: |city| Box::pin(services::files::sweep(city)) },
    Due {
        name: "deadlines",
        every: Duration::from_secs(60),
        work: |city| Box::pin(async { cases::run_deadlines(city).await.map(drop) }),
    },
    Due {
        name: "offers",
        every: Duration::from_secs(600),
        work: |city| Box::pin(async { finance::offers::lapse_all(city).await.map(drop) }),
    },
    Due {
        name: "consents",
        every: Duration::from_secs(600),
        work: |city| Box::pin(async { finance::consent::lapse_all(city).await.map(drop) }),
    },
    Due {
        name: "care_welfare",
        every: Duration::from_secs(15),
        work: |city| Box::pin(async { care::response::welfare::raise_alarms(city).await.map(drop) }),
    },
    Due {
        name: "audit_root",
        every: Duration::from_secs(30),
        work: |city| Box::pin(async { cases::audit::write_root(city).await.map(drop) }),
    },
];

/// Runs the table until `stop` says so.
pub(super) async fn run(city: AppState, stop: watch::Receiver<bool>) {
    let mut all = JoinSet::new();
    for due in PERIODIC {
        all.spawn(again_and_again(city.clone(), due, stop.clone()));
    }
    all.join_all().await;
}

async fn again_and_again(city: AppState, due: &'static Due, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(due.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = super::worker::stopped(&mut stop) => return,
        }
        if let Err(error) = run_due(&city, due).await {
            tracing::warn!(task = due.name, %error, "not done this time");
        }
    }
}

/// Does what is due, unless another process is at it; says whether it was done here.
///
/// # Errors
/// What the work or the store says.
pub async fn run_due(city: &AppState, due: &Due) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Lock {
        mine: bool,
    }
    // The lock lives as long as this transaction: a process that dies leaves none behind.
    let guard = city.store.public().begin().await?;
    let lock = Lock::find_by_statement(sql(
        "SELECT pg_try_advisory_xact_lock(hashtext('huimin.periodic'), hashtext($1)) AS mine",
        [due.name.into()],
    ))
    .one(&guard)
    .await?;
    if !lock.ok_or_else(|| Error::Broken("no answer to a lock".into()))?.mine {
        return Ok(false);
    }
    (due.work)(city).await?;
    guard.commit().await?;
    Ok(true)
}

/// Removes what has had its time: sessions, codes and counts of tries that ended, keys nobody will send again.
async fn sweep(city: &AppState) -> Result<()> {
    throttle::sweep(&city.store).await?;
    let tx = city.store.write(&Actor::system(Task::Operation)).await?;
    tx.run("DELETE FROM idempotency WHERE at < huimin_now() - interval '30 days'", []).await?;
    tx.commit().await
}
