//! The device credential of a resident's browser, by which it can make an emergency call without a session.

use super::device_name::device_name;
use crate::http::context::Ctx;
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use server::{
    access::actor::Actor,
    care::intake::{
        credential::issue_to_browser,
        identify::{device_token, set_device},
    },
};

/// Issues a credential to the browser of the running server function, unless it has one for this person. Failures are logged
/// and otherwise ignored: the page of the emergency button works without it.
pub async fn issue_device_credential(ctx: &Ctx, actor: &Actor) {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<leptos_axum::ResponseOptions>()) else { return };
    let state = &ctx.app.state;
    let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match issue_to_browser(&state.store, actor, device_token(&parts.headers, state), &device_name(agent, ctx.lang)).await {
        Ok(Some(token)) => {
            if let Some(cookie) = set_device(&token, state.config.https()) {
                response.append_header(header::SET_COOKIE, cookie);
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "a browser could not be issued its credential"),
    }
}
