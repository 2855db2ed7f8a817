//! The table of periodic tasks. Every process runs its timers; an advisory lock lets one of them run the task.

use crate::{
    Actor, AppState, Task,
    account::throttle,
    care,
    cases::{self, entity::idempotency},
    error::{Error, Result},
    finance, services,
    store::begin,
};
use futures::future::BoxFuture;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, prelude::Expr, raw_sql, sea_query::ExprTrait as _};
use std::time::Duration;
use tokio::{sync::watch, task::JoinSet, time::MissedTickBehavior};

/// A periodic task.
pub struct PeriodicTask {
    /// The name in logs and of the lock.
    pub name: &'static str,
    /// The interval.
    pub every: Duration,
    work: fn(&AppState) -> BoxFuture<'_, Result<()>>,
}

impl std::fmt::Debug for PeriodicTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeriodicTask").field("name", &self.name).field("every", &self.every).finish_non_exhaustive()
    }
}

/// Every periodic task.
pub static PERIODIC: &[PeriodicTask] = &[
    PeriodicTask { name: "sweep", every: Duration::from_secs(300), work: |state| Box::pin(sweep(state)) },
    PeriodicTask { name: "uploads", every: Duration::from_secs(3600), work: |state| Box::pin(services::files::sweep(state)) },
    PeriodicTask {
        name: "deadlines",
        every: Duration::from_secs(60),
        work: |state| Box::pin(async { cases::run_deadlines(state).await.map(drop) }),
    },
    PeriodicTask {
        name: "offers",
        every: Duration::from_secs(600),
        work: |state| Box::pin(async { finance::offers::expire_due(state).await.map(drop) }),
    },
    PeriodicTask {
        name: "consents",
        every: Duration::from_secs(600),
        work: |state| Box::pin(async { finance::consent::expire_due(state).await.map(drop) }),
    },
    PeriodicTask {
        name: "care_welfare",
        every: Duration::from_secs(15),
        work: |state| Box::pin(async { care::response::welfare::raise_alarms(state).await.map(drop) }),
    },
    PeriodicTask {
        name: "audit_root",
        every: Duration::from_secs(30),
        work: |state| Box::pin(async { cases::audit::write_root(state).await.map(drop) }),
    },
];

/// Runs the periodic tasks until `stop` is set.
pub(super) async fn run(state: AppState, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for task in PERIODIC {
        tasks.spawn(run_repeatedly(state.clone(), task, stop.clone()));
    }
    tasks.join_all().await;
}

async fn run_repeatedly(state: AppState, task: &'static PeriodicTask, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(task.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = crate::shutdown::stopped(&mut stop) => return,
        }
        if let Err(error) = run_periodic_task(&state, task).await {
            tracing::warn!(task = task.name, %error, "a periodic task failed");
        }
    }
}

/// Runs a task unless another process is running it; returns whether it was run here.
///
/// # Errors
/// If the task or the database fails.
pub async fn run_periodic_task(state: &AppState, task: &PeriodicTask) -> Result<bool> {
    // The lock is released at the end of this transaction, also if the process dies.
    let guard = begin(state.store.public(), None, None).await?;
    let name = task.name;
    let lock = guard
        .query_one_raw(raw_sql!(Postgres, "SELECT pg_try_advisory_xact_lock(hashtext('huimin.periodic'), hashtext({name}))"))
        .await?;
    if !lock.ok_or_else(|| Error::Broken("no answer to a lock".into()))?.try_get_by_index::<bool>(0)? {
        return Ok(false);
    }
    (task.work)(state).await?;
    guard.commit().await?;
    Ok(true)
}

/// Deletes expired sessions, codes, throttle counts and idempotency keys.
async fn sweep(state: &AppState) -> Result<()> {
    throttle::sweep(&state.store).await?;
    let tx = state.store.write(&Actor::system(Task::Operation)).await?;
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::At.into_expr().lt(Expr::cust("huimin_now() - interval '30 days'")))
        .exec(&tx)
        .await?;
    tx.commit().await
}
