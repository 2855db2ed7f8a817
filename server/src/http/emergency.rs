//! Who calls for help, as a request shows it: a session, else the credential of a browser, else nobody known. Whatever
//! goes wrong with the one, the next is asked; a call is never refused for it.

use super::session_store::{PostgresSessions, SEEN, SIGNED_IN, cookie_name};
use crate::{
    Actor, AppState,
    account::session::{SignedIn, presence},
    care::intake::{credential, raise::Caller},
};
use axum::http::{HeaderMap, header};
use shared::care::press::PressKey;
use std::time::Duration;
use tower_sessions::{SessionStore, session::Id};

/// How long it may take to find out who calls: after that nobody is known, and the call is taken.
const PATIENCE: Duration = Duration::from_millis(800);
/// Seconds the browser keeps the key of a press: a day.
const PRESS_SECONDS: u32 = 86_400;
/// Seconds the browser keeps its credential: a year.
const DEVICE_SECONDS: u32 = 31_536_000;

/// The cookie with a browser's credential.
#[must_use]
pub const fn device_cookie(https: bool) -> &'static str {
    if https { "__Host-huimin_sos" } else { "huimin_sos" }
}

/// The cookie with the key of the press that was made last, so that a page without a script can follow it.
#[must_use]
pub const fn press_cookie(https: bool) -> &'static str {
    if https { "__Host-huimin_press" } else { "huimin_press" }
}

fn set(name: &str, value: &str, seconds: u32, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The header that gives a browser its credential.
#[must_use]
pub fn set_device(token: &str, https: bool) -> String {
    set(device_cookie(https), token, DEVICE_SECONDS, https)
}

/// The header that lets a browser keep the key of a press.
#[must_use]
pub fn set_press(key: &PressKey, https: bool) -> String {
    // A secret that a machine sent need not be one that a cookie can hold.
    let plain = key.secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let value = if plain { format!("{}.{}", key.id.simple(), key.secret) } else { String::new() };
    set(press_cookie(https), &value, PRESS_SECONDS, https)
}

/// A cookie's value.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
}

/// The credential a browser holds.
#[must_use]
pub fn held<'a>(headers: &'a HeaderMap, city: &AppState) -> Option<&'a str> {
    cookie(headers, device_cookie(city.config.https()))
}

/// The key of the press that this browser made last.
#[must_use]
pub fn last_press(headers: &HeaderMap, city: &AppState) -> Option<PressKey> {
    let (id, secret) = cookie(headers, press_cookie(city.config.https()))?.split_once('.')?;
    PressKey::read(&serde_json::json!({ "id": id, "secret": secret }))
}

/// Who calls.
pub async fn caller(city: &AppState, headers: &HeaderMap) -> Caller {
    let found = tokio::time::timeout(PATIENCE, async {
        let actor = signed_in(city, headers).await;
        match actor {
            Some(actor) if actor.person.is_some() || actor.acting_for.is_some() => Caller::Signed(actor),
            // Signed in, but not known by name: the browser may know more.
            other => match (browser(city, headers).await, other) {
                (Some(known), _) => known,
                (None, Some(actor)) => Caller::Signed(actor),
                (None, None) => Caller::Anonymous,
            },
        }
    });
    found.await.unwrap_or_else(|_| {
        tracing::warn!("it could not be found out in time who calls for help");
        Caller::Anonymous
    })
}

async fn browser(city: &AppState, headers: &HeaderMap) -> Option<Caller> {
    match credential::find(&city.store, held(headers, city)?).await {
        Ok(device) => device.map(Caller::by),
        Err(error) => {
            tracing::warn!(%error, "a browser's credential could not be looked up");
            None
        }
    }
}

/// The actor of the session, if there is one that has not ended.
async fn signed_in(city: &AppState, headers: &HeaderMap) -> Option<Actor> {
    let id: Id = cookie(headers, cookie_name(city.config.https()))?.parse().ok()?;
    let found = async {
        let record = PostgresSessions::new(city.store.clone()).load(&id).await.map_err(|e| e.to_string())?;
        let Some(mut data) = record.map(|r| r.data) else { return Ok(None) };
        let signed_in: Option<SignedIn> = data.remove(SIGNED_IN).and_then(|value| serde_json::from_value(value).ok());
        let Some(signed_in) = signed_in else { return Ok(None) };
        let signed_in = signed_in.with_seen(data.get(SEEN).and_then(serde_json::Value::as_i64));
        let who = presence(&city.store, &signed_in).await.map_err(|e| e.to_string())?;
        Ok::<_, String>(who.filter(|w| signed_in.left(w) > 0).map(|w| w.actor))
    };
    found.await.unwrap_or_else(|error| {
        tracing::warn!(error, "a session could not be looked up");
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn cookies_are_found_whole_and_kept_from_scripts() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; huimin_sos=x.y"));
        headers.append(header::COOKIE, HeaderValue::from_static("huimin_sosx=2"));
        assert_eq!((cookie(&headers, "huimin_sos"), cookie(&headers, "huimin")), (Some("x.y"), None));
        let plain = set_device("t", false);
        assert!(plain.starts_with("huimin_sos=t; Path=/") && plain.contains("HttpOnly") && !plain.contains("Secure"));
        let secure = set_device("t", true);
        assert!(secure.starts_with("__Host-huimin_sos=t; Path=/") && secure.ends_with("; Secure"));
    }

    #[test]
    fn a_secret_cannot_add_to_a_cookie() {
        let key = PressKey { id: uuid::Uuid::nil(), secret: "0123456789abcdef; Domain=evil".to_owned() };
        assert!(set_press(&key, false).starts_with("huimin_press=; Path=/"));
    }
}
