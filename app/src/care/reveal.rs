//! Showing one telephone number of a call that has ended, to those who answered for it: a POST, because that somebody
//! looked is kept.

use crate::http::Refusal;
use leptos::prelude::*;

/// Shows a number once, on the call's page. It goes through the sealed session, never through an address.
#[server(prefix = "/api", endpoint = "care/reveal")]
pub async fn reveal_number(number: String, field: String) -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};
    use server::account::gate::Access;
    use shared::account::Permission;

    let visit = enter(Access::Staff(Permission::AnswerCalls)).await?;
    let value = server::care::dispatch::call::reveal(visit.store(), &visit.actor, &number, &field).await?;
    let page = format!("/dispatch/{number}");
    Flash::rejected(&page, [(format!("shown.{field}"), value)], Vec::new()).leave(&visit.session).await;
    leptos_axum::redirect(&page);
    Ok(())
}
