//! The warning before a session ends (WCAG 2.2, 2.2.1): its texts and the server function that prolongs the session.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
    },
    islands::account::session_guard::session_guard,
};
use leptos::prelude::*;
use server::access::gate::Access;
use shared::texts::account as t;

/// Prolongs the session and returns the remaining seconds. The island calls it at
/// [`PROLONG`](crate::islands::account::session_guard::PROLONG).
#[server(prefix = "/api", endpoint = "account/prolong")]
pub async fn prolong() -> Result<i64, ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    Ok(ctx.session_left.unwrap_or_default())
}

/// Draws the island for a signed-in account.
pub fn view(ctx: &Ctx) -> Option<AnyView> {
    let left = ctx.session_left?;
    let lang = ctx.lang;
    Some(session_guard([
        ("left", left.to_string()),
        ("title", t::session_ends_title(lang).to_owned()),
        ("words", t::session_ends(lang).to_owned()),
        ("stay", t::session_stay(lang).to_owned()),
        ("over", t::session_over(lang).to_owned()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::Prolong;
    use crate::islands::account::session_guard::PROLONG;
    use leptos::server_fn::ServerFn;

    #[test]
    fn the_island_posts_to_the_server_function() {
        assert_eq!(PROLONG, Prolong::PATH);
    }
}
