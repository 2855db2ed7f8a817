//! Showing one masked number in full, to staff: a POST, because that somebody looked is kept.

use crate::http::Refusal;
use leptos::prelude::*;

/// Shows a field of a case in full, once, on the case's page. The value goes through the sealed session, never through
/// an address.
#[server(prefix = "/api", endpoint = "cases/reveal")]
pub async fn reveal(number: String, field: String) -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};
    use server::account::gate::Access;
    use shared::account::Permission;

    let visit = enter(Access::Staff(Permission::WorkOnCases)).await?;
    let value = server::services::read::reveal(visit.store(), &visit.actor, &number, &field).await?;
    let page = format!("/desk/{number}");
    Flash::rejected(&page, [(format!("shown.{field}"), value)], Vec::new()).leave(&visit.session).await;
    leptos_axum::redirect(&page);
    Ok(())
}
