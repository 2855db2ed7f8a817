//! The credential that a resident's browser is given, so that it can call for help without a session.

use crate::{account::sessions::device, http::visit::Visit};
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use server::{
    account::actor::Actor,
    care::intake::credential::give_browser,
    http::emergency::{held, set_device},
};

/// Gives the browser of the server function that runs its credential, if it has none for this person. What fails here
/// is logged and fails nothing else: the page of the emergency button works without.
pub async fn to_browser(visit: &Visit, actor: &Actor) {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<leptos_axum::ResponseOptions>()) else { return };
    let city = &visit.app.city;
    let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match give_browser(&city.store, actor, held(&parts.headers, city), &device(agent, visit.lang)).await {
        Ok(Some(token)) => {
            if let Ok(cookie) = set_device(&token, city.config.https()).parse() {
                response.append_header(header::SET_COOKIE, cookie);
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "a browser could not be given its credential"),
    }
}
