//! What a responder does from their phone: the server functions behind the buttons of `/respond`.

use crate::http::Refusal;
use leptos::prelude::*;
use std::collections::HashMap;

/// Answers an offer and what follows: one of the actions that are a responder's. `reason` of a no, `sentence` of the end.
#[server(prefix = "/api", endpoint = "care/respond-act")]
pub async fn respond_act(
    number: String,
    action: String,
    key: String,
    reason: Option<String>,
    sentence: Option<String>,
) -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};
    use server::cases::{Request, perform};
    use shared::{
        Problem,
        care::life::{ACCEPT_OFFER, ARRIVE, CHECK_IN, DECLINE_OFFER, RESOLVE, SET_OUT},
    };

    let visit = enter(super::respond::RESPONDERS).await?;
    if ![ACCEPT_OFFER, DECLINE_OFFER, SET_OUT, ARRIVE, CHECK_IN, RESOLVE].iter().any(|a| a.0 == action) {
        return Err(Problem::NotFound.into());
    }
    let input = serde_json::json!({ "reason": reason, "sentence": sentence });
    let request = Request { number: &number, action: &action, version: None, key: &key, input };
    let word = match perform(visit.store(), &visit.actor, request).await {
        Ok(_) => format!("respond_{action}"),
        // Somebody was faster, or it ended: what stands now is on the page.
        Err(server::Error::Problem(Problem::Conflict { .. } | Problem::NotFound)) => "respond_overtaken".to_owned(),
        Err(other) => return Err(other.into()),
    };
    Flash::done(super::respond::PATH, &word).leave(&visit.session).await;
    leptos_axum::redirect(super::respond::PATH);
    Ok(())
}

/// Goes on duty (`on`: `on`), off duty (`off`), or back to what the rota says (`rota`).
#[server(prefix = "/api", endpoint = "care/respond-duty")]
pub async fn respond_duty(on: String) -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};
    use shared::{Complaint, Problem, care::duty::Said};

    let visit = enter(super::respond::RESPONDERS).await?;
    let said = Said::parse(&on).ok_or_else(|| Problem::field("", Complaint::NotAnOption))?;
    server::care::response::duty::set(visit.store(), &visit.actor, said).await?;
    Flash::done(super::respond::PATH, if said == Said::Off { "respond_off" } else { "respond_on" }).leave(&visit.session).await;
    leptos_axum::redirect(super::respond::PATH);
    Ok(())
}

/// Says what one can do (`skills[CODE]`), what one speaks (`languages[TAG]`) and how one travels.
#[server(prefix = "/api", endpoint = "care/respond-profile")]
pub async fn respond_profile(
    mode: Option<String>,
    #[server(default)] skills: HashMap<String, String>,
    #[server(default)] languages: HashMap<String, String>,
) -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};

    let visit = enter(super::respond::RESPONDERS).await?;
    let ticked = |map: HashMap<String, String>| {
        let mut all: Vec<String> = map.into_keys().collect();
        all.sort_unstable();
        all
    };
    let mode = mode.unwrap_or_default();
    server::care::response::responders::describe(visit.store(), &visit.actor, &ticked(skills), &ticked(languages), &mode)
        .await
        .map_err(|error| Refusal::without_fields(error, &["skills", "languages"]))?;
    Flash::done(super::respond::PATH, "respond_profile").leave(&visit.session).await;
    leptos_axum::redirect(super::respond::PATH);
    Ok(())
}

/// Says where one is: degrees, metres, milliseconds since 1970.
#[server(prefix = "/api", endpoint = "care/respond-locate")]
pub async fn respond_locate(lat: f64, lon: f64, accuracy: Option<f64>, taken: f64) -> Result<(), Refusal> {
    use crate::http::visit::enter;
    use shared::{Complaint, Problem, care::geo::Fix};

    let visit = enter(super::respond::RESPONDERS).await?;
    let at = std::time::Duration::try_from_secs_f64(taken / 1000.0)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Problem::field("taken", Complaint::NotADate))?;
    let fix = Fix::new(lat, lon, accuracy, at).ok_or_else(|| Problem::field("lat", Complaint::NotANumber))?;
    server::care::response::responders::locate(visit.store(), &visit.actor, &fix).await?;
    Ok(())
}

/// Lets the city forget where one is.
#[server(prefix = "/api", endpoint = "care/respond-hide")]
pub async fn respond_hide() -> Result<(), Refusal> {
    use crate::http::{flash::Flash, visit::enter};

    let visit = enter(super::respond::RESPONDERS).await?;
    server::care::response::responders::hide(visit.store(), &visit.actor).await?;
    Flash::done(super::respond::PATH, "respond_hidden").leave(&visit.session).await;
    leptos_axum::redirect(super::respond::PATH);
    Ok(())
}
