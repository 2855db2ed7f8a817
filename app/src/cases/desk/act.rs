//! The server function behind every button and form of caseworkers.

use crate::http::{
    act::Target,
    action_error::ActionError,
    context::{Ctx, authorize},
};
use leptos::prelude::*;
use server::access::gate::Access;
use shared::{
    account::Permission,
    cases::{ClockState, QueueFilter, QueueRow},
};
use std::collections::HashMap;

/// Performs the action of a button or form. `fields` are the inputs of the action by the names of its handler; in a correction
/// request `asked.PATH` is a ticked field and `notes.PATH` its note. With `next` it continues with the caseworker's next case.
#[server(prefix = "/api", endpoint = "cases/act")]
pub async fn act(
    number: String,
    action: String,
    version: Option<i32>,
    key: String,
    next: Option<String>,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::WorkOnCases)).await?;
    let done = ctx.act_posted(Target { number: &number, version, key: &key }, &action, fields).await?;
    let other = if next.is_some() { next_case(&ctx, &done.number).await? } else { None };
    let (target, word) = match (next, other) {
        (None, _) => (format!("/desk/{}", done.number), format!("case_{action}")),
        (Some(_), Some(other)) => (format!("/desk/{other}"), "case_next".to_owned()),
        (Some(_), None) => ("/desk".to_owned(), "case_queue".to_owned()),
    };
    ctx.finish(&target, &word).await
}

/// The next case assigned to this member of staff, earliest due date first.
async fn next_case(ctx: &Ctx, but: &str) -> Result<Option<String>, server::Error> {
    let mine = QueueFilter { mine: true, ..QueueFilter::default() };
    let page = server::cases::queue(ctx.store(), &ctx.actor, &mine).await?;
    let waits = |row: &QueueRow| row.number != but && row.clock != ClockState::StandsStill;
    Ok(page.rows.into_iter().find(waits).map(|row| row.number))
}
