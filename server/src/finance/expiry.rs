//! Deadlines of open demands: actions that the system takes once a day when offers or consents expire.

use crate::{
    AppState,
    access::actor::{Actor, Task},
    cases::{AnyInput, Request, perform},
    error::{Error, Result},
};
use sea_orm::Statement;
use shared::Problem;

/// Performs an action on every demand whose number `due` selects, once a day. Returns the number of demands.
///
/// # Errors
/// When the database fails; demands handled before the failure stay handled.
pub(super) async fn perform_on_due(state: &AppState, due: Statement, input: &dyn AnyInput) -> Result<usize> {
    let system = Actor::system(Task::Deadlines);
    let tx = state.store.read(&system).await?;
    let numbers: Vec<String> = tx.fetch_values(due).await?;
    let key = format!("lapse-{}", tx.now().await?.today());
    drop(tx);
    for number in &numbers {
        let request = Request { number, version: None, key: &key, input };
        match perform(&state.store, &system, request).await {
            // The demand left the state meanwhile, so nothing is left to expire.
            Ok(_) | Err(Error::Problem(Problem::Conflict { .. })) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(numbers.len())
}
