//! Start, change and end of sessions. Each of these changes the session id, so that an id known before is worthless afterwards
//! (OWASP ASVS 5.0, V7.2.4).

use super::device_cookie::issue_device_credential;
use crate::http::{action_error::ActionError, context::Ctx, redirect::local_path};
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use server::{
    account::session::{Presence, SignedIn, presence},
    http::session_store::{SEEN, SIGNED_IN},
};
use shared::{Problem, account::Permission};
use time::Duration;
use tower_sessions::Expiry;

/// Session key of the `User-Agent`.
const AGENT: &str = "agent";
/// The largest number of characters stored of it.
const AGENT_MOST: usize = 200;

fn session_error(error: &tower_sessions::session::Error) -> ActionError {
    server::Error::Broken(format!("session: {error}")).into()
}

/// Signs the session in to this account under a new id; data of another account is removed.
///
/// # Errors
/// [`Problem::SignInFirst`] for an account that no longer exists; errors of the store.
pub async fn begin(ctx: &Ctx, signed_in: &SignedIn) -> Result<Presence, ActionError> {
    let who = presence(ctx.store(), signed_in).await?.ok_or(Problem::SignInFirst)?;
    let session = &ctx.session;
    if ctx.actor.account.is_some_and(|before| before != signed_in.account) {
        session.clear().await;
    }
    session.cycle_id().await.map_err(|e| session_error(&e))?;
    session.insert(AGENT, agent()).await.map_err(|e| session_error(&e))?;
    session.insert(SIGNED_IN, signed_in).await.map_err(|e| session_error(&e))?;
    session.insert(SEEN, signed_in.seen).await.map_err(|e| session_error(&e))?;
    let last_end = signed_in.since + i64::from(who.absolute_hours) * 3600;
    let left = (i64::from(who.idle_minutes) * 60).min(last_end - signed_in.seen);
    session.set_expiry(Some(Expiry::OnInactivity(Duration::seconds(left))));
    issue_device_credential(ctx, &who.actor).await;
    Ok(who)
}

/// Reads the signed-in account of the session.
///
/// # Errors
/// [`Problem::SignInFirst`] without one.
pub async fn current(ctx: &Ctx) -> Result<SignedIn, ActionError> {
    let found: Option<SignedIn> = ctx.session.get(SIGNED_IN).await.map_err(|e| session_error(&e))?;
    let seen = ctx.session.get(SEEN).await.map_err(|e| session_error(&e))?;
    Ok(found.ok_or(Problem::SignInFirst)?.with_seen(seen))
}

/// Ends the session: clears its data and gives it a new id.
///
/// # Errors
/// Errors of the store.
pub async fn end(ctx: &Ctx) -> Result<(), ActionError> {
    ctx.session.clear().await;
    ctx.session.cycle_id().await.map_err(|e| session_error(&e))
}

/// The `User-Agent` of the request.
fn agent() -> String {
    let parts = use_context::<Parts>();
    let name = parts.as_ref().and_then(|p| p.headers.get(header::USER_AGENT)).and_then(|v| v.to_str().ok());
    name.unwrap_or_default().chars().take(AGENT_MOST).collect()
}

/// The start page of each kind of staff.
const DESKS: &[(Permission, &str)] = &[
    (Permission::WorkOnCases, "/desk"),
    (Permission::AnswerCalls, "/dispatch"),
    (Permission::RespondToCalls, "/respond"),
    (Permission::MakeOffers, "/bank"),
    (Permission::ReadAudit, "/audit"),
    (Permission::ManageStaff, "/admin"),
];

/// The page after sign-in: the requested page if it belongs to this site, otherwise the account's start page.
#[must_use]
pub fn landing(who: &Presence, next: Option<&str>) -> String {
    let wanted = next.map(local_path).filter(|path| *path != "/");
    let desk = || DESKS.iter().find(|(permission, _)| who.actor.memberships.iter().any(|m| m.role.may(*permission)));
    wanted.or_else(|| desk().map(|(_, path)| *path)).unwrap_or("/").to_owned()
}

/// Adds the requested page to a path of this site.
#[must_use]
pub fn with_next(path: &str, next: Option<&str>) -> String {
    match next.map(local_path).filter(|next| *next != "/") {
        Some(next) => format!("{path}?{}", serde_urlencoded::to_string([("next", next)]).unwrap_or_default()),
        None => path.to_owned(),
    }
}

/// The hidden field with the requested page.
#[must_use]
pub fn next_field(ctx: &Ctx) -> Vec<(&'static str, String)> {
    ctx.query("next").map(|next| ("next", local_path(&next).to_owned())).into_iter().collect()
}
