//! What ends by itself while offers are open: offers and consents whose day is over.

use crate::{
    AppState,
    account::actor::{Actor, Task},
    cases::{AnyInput, Request, perform},
    error::{Error, Result},
};
use sea_orm::FromQueryResult;
use shared::{Problem, finance::life::PUBLISHED};

/// Takes a step of every demand that `due` finds (a statement for the numbers of demands in the state `$1`), once a day; says
/// of how many.
///
/// # Errors
/// What the store says; what was done before is done.
pub(super) async fn all(city: &AppState, due: &str, input: &dyn AnyInput) -> Result<usize> {
    #[derive(FromQueryResult)]
    struct Row {
        number: String,
    }
    let system = Actor::system(Task::Deadlines);
    let tx = city.store.read(&system).await?;
    let due: Vec<Row> = tx.all(due, [PUBLISHED.0.into()]).await?;
    let key = format!("lapse-{}", tx.now().await?.today());
    drop(tx);
    for row in &due {
        let request = Request { number: &row.number, version: None, key: &key, input };
        match perform(&city.store, &system, request).await {
            // Somebody accepted, withdrew or took it back meanwhile: then there is nothing left to lapse.
            Ok(_) | Err(Error::Problem(Problem::Conflict { .. })) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(due.len())
}
