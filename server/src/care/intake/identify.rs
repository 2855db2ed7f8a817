//! Identifies the caller of an emergency request: by session, else by the credential of the browser, else anonymous.
//! An error in one of them leads to the next; a call is never refused for it.

use crate::http::{
    cookies,
    session_store::{PostgresSessions, SEEN, SIGNED_IN, cookie_name},
};
use crate::{
    Actor, AppState,
    account::session::{SignedIn, presence},
    care::intake::{credential, raise::Caller},
};
use axum::http::{HeaderMap, HeaderValue};
use shared::care::press::PressKey;
use std::time::Duration;
use tower_sessions::{SessionStore, session::Id};

/// Limit for identifying the caller; after it the call is taken as anonymous.
const TIMEOUT: Duration = Duration::from_millis(800);
/// Lifetime of the cookie with the key of a press in seconds: a day.
const PRESS_SECONDS: i64 = 86_400;
/// Lifetime of the cookie with a browser's credential in seconds: a year.
const DEVICE_SECONDS: i64 = 31_536_000;

/// The cookie with a browser's credential.
#[must_use]
pub const fn device_cookie(https: bool) -> &'static str {
    if https { "__Host-huimin_sos" } else { "huimin_sos" }
}

/// The cookie with the key of the last press, so that a page without script can show its status.
#[must_use]
pub const fn press_cookie(https: bool) -> &'static str {
    if https { "__Host-huimin_press" } else { "huimin_press" }
}

/// The `Set-Cookie` header with a browser's credential.
#[must_use]
pub fn set_device(token: &str, https: bool) -> Option<HeaderValue> {
    cookies::set(device_cookie(https), token, DEVICE_SECONDS, https)
}

/// The `Set-Cookie` header with the key of a press.
#[must_use]
pub fn set_press(key: &PressKey, https: bool) -> Option<HeaderValue> {
    // A secret chosen by a client may contain characters that a cookie cannot hold.
    let plain = key.secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let value = if plain { format!("{}.{}", key.id.uuid().simple(), key.secret) } else { String::new() };
    cookies::set(press_cookie(https), &value, PRESS_SECONDS, https)
}

/// The credential in the browser's cookie.
#[must_use]
pub fn device_token<'a>(headers: &'a HeaderMap, state: &AppState) -> Option<&'a str> {
    cookies::value(headers, device_cookie(state.config.https()))
}

/// The key of the last press of this browser.
#[must_use]
pub fn last_press(headers: &HeaderMap, state: &AppState) -> Option<PressKey> {
    let (id, secret) = cookies::value(headers, press_cookie(state.config.https()))?.split_once('.')?;
    PressKey::read(&serde_json::json!({ "id": id, "secret": secret }))
}

/// Identifies the caller.
pub async fn identify_caller(state: &AppState, headers: &HeaderMap) -> Caller {
    let found = tokio::time::timeout(TIMEOUT, async {
        let actor = signed_in(state, headers).await;
        match actor {
            Some(actor) if actor.person.is_some() || actor.acting_for.is_some() => Caller::Signed(actor),
            // Signed in without a verified person: the browser's credential may name one.
            other => match (find_browser(state, headers).await, other) {
                (Some(known), _) => known,
                (None, Some(actor)) => Caller::Signed(actor),
                (None, None) => Caller::Anonymous,
            },
        }
    });
    found.await.unwrap_or_else(|_| {
        tracing::warn!("the caller could not be identified in time");
        Caller::Anonymous
    })
}

async fn find_browser(state: &AppState, headers: &HeaderMap) -> Option<Caller> {
    match credential::find(&state.store, device_token(headers, state)?).await {
        Ok(device) => device.map(Caller::by),
        Err(error) => {
            tracing::warn!(%error, "a browser's credential could not be looked up");
            None
        }
    }
}

/// The actor of the session, if the request has one that has not expired.
async fn signed_in(state: &AppState, headers: &HeaderMap) -> Option<Actor> {
    let id: Id = cookies::value(headers, cookie_name(state.config.https()))?.parse().ok()?;
    let found = async {
        let record = PostgresSessions::new(state.store.clone()).load(&id).await.map_err(|e| e.to_string())?;
        let Some(mut data) = record.map(|r| r.data) else { return Ok(None) };
        let signed_in: Option<SignedIn> = data.remove(SIGNED_IN).and_then(|value| serde_json::from_value(value).ok());
        let Some(signed_in) = signed_in else { return Ok(None) };
        let signed_in = signed_in.with_seen(data.get(SEEN).and_then(serde_json::Value::as_i64));
        let who = presence(&state.store, &signed_in).await.map_err(|e| e.to_string())?;
        Ok::<_, String>(who.filter(|w| signed_in.seconds_left(w) > 0).map(|w| w.actor))
    };
    found.await.unwrap_or_else(|error| {
        tracing::warn!(error, "a session could not be looked up");
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_is_kept_from_scripts_for_the_whole_site() {
        let plain = set_device("t", false).unwrap();
        assert_eq!(plain, "huimin_sos=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000");
        let secure = set_device("t", true).unwrap();
        assert_eq!(secure, "__Host-huimin_sos=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000");
    }

    #[test]
    fn a_secret_cannot_add_to_a_cookie() {
        let key = PressKey { id: shared::ids::PressId::NIL, secret: "0123456789abcdef; Domain=evil".to_owned() };
        assert_eq!(set_press(&key, false).unwrap(), "huimin_press=; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400");
    }
}
