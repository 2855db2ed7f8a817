//! Language and elder mode (长辈版): one tap in the header, remembered in a cookie and in the account.

use crate::http::{action_error::ActionError, context::authorize, redirect::local_path};
use axum::http::header;
use leptos::prelude::*;
use server::{access::gate::Access, http::cookies};

/// Lifetime of the cookies in seconds.
const YEAR_SECONDS: i64 = 31_536_000;

/// Saves the settings that the switches in the page header post; a missing field leaves its setting unchanged.
#[server(prefix = "/api", endpoint = "account/preferences")]
pub async fn set_preferences(lang: Option<String>, elder: Option<String>, return_to: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    let lang = lang.as_deref().and_then(shared::Lang::parse);
    let elder = elder.map(|e| e == "1");
    let response = expect_context::<leptos_axum::ResponseOptions>();
    let https = ctx.app.state.config.https();
    let values = [("lang", lang.map(|l| l.code())), ("elder", elder.map(|e| if e { "1" } else { "0" }))];
    for (name, value) in values.into_iter().filter_map(|(n, v)| Some((n, v?))) {
        if let Some(cookie) = cookies::set(name, value, YEAR_SECONDS, https) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
    if ctx.actor.account.is_some() {
        let (lang, elder) = (lang.unwrap_or(ctx.lang), elder.unwrap_or(ctx.elder));
        server::account::preferences::set(&ctx.app.state, &ctx.actor, lang, elder).await?;
    }
    leptos_axum::redirect(local_path(return_to.as_deref().unwrap_or("/")));
    Ok(())
}
