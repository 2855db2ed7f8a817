//! Claiming of several cases of the queue at once (批量领取).

use crate::http::{action_error::ActionError, context::authorize, flash::Flash, redirect::local_path};
use leptos::prelude::*;
use server::access::gate::Access;
use shared::account::Permission;
use std::collections::HashMap;

/// Claims the ticked cases, posted as `numbers[NUMBER]` because the form codec does not read repeated names. A case that a
/// colleague has claimed meanwhile does not stop the others.
#[server(prefix = "/api", endpoint = "cases/claim")]
pub async fn claim_selected(
    key: String,
    return_to: Option<String>,
    #[server(default)] numbers: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::WorkOnCases)).await?;
    let numbers: Vec<String> = numbers.into_values().collect();
    let outcome = server::cases::claim_all(ctx.store(), &ctx.actor, &numbers, &key).await?;
    let taken = outcome.iter().filter(|(_, done)| done.is_ok()).count();
    let word = match taken {
        0 => "claimed_none",
        n if n == outcome.len() => "claimed",
        _ => "claimed_some",
    };
    let target = local_path(return_to.as_deref().unwrap_or("/desk"));
    Flash::done(target, word).save(&ctx.session).await;
    leptos_axum::redirect(target);
    Ok(())
}
