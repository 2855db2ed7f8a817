//! Reveals one phone number of an ended call to its dispatchers: a POST, because the access is logged.

use crate::http::{action_error::ActionError, context::authorize, flash::Flash};
use leptos::prelude::*;
use server::access::gate::Access;
use shared::account::Permission;

/// Shows a number once on the call's page. It is passed in the sealed session, never in an address.
#[server(prefix = "/api", endpoint = "care/reveal")]
pub async fn reveal_number(number: String, field: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::AnswerCalls)).await?;
    let value = server::care::dispatch::reveal::reveal(ctx.store(), &ctx.actor, &number, &field).await?;
    let page = format!("/dispatch/{number}");
    Flash::rejected(&page, [(format!("shown.{field}"), value)], Vec::new()).save(&ctx.session).await;
    leptos_axum::redirect(&page);
    Ok(())
}
