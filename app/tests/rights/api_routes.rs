//! Tries every machine endpoint on the owner's call as every role that may not act on it.

use crate::expected::ALL;
use crate::expected::Who;
use crate::walk::RightsFixture;
use crate::walk::collect_leaks;
use app::http::api_route::Credential;
use axum::{Router, http::StatusCode};

/// The expected endpoints, written down independently of the program: path and credential.
pub const API_ROUTES: &[(&str, Credential)] = &[
    ("/api/care/alarms", Credential::Device),
    ("/api/care/calls", Credential::Nothing),
    ("/api/care/calls/{act}", Credential::OwnCall),
];

/// The actions on a call.
const ACTS: [&str; 5] = ["status", "locate", "more", "cancel", "fine"];

/// Whether the session of this role may act on the owner's call.
fn may_act(who: Who) -> bool {
    matches!(who, Who::Owner | Who::Delegate)
}

/// Tries every endpoint as every role that may not act on the call; returns the leaks.
pub async fn api_leaks(fixture: &RightsFixture, router: &Router) -> Vec<String> {
    let mut leaks = Vec::new();
    let (call, person) = (fixture.filled("$call"), fixture.filled("$person"));
    let press = fixture.fixture.ask(&fixture.filled("SELECT id::text FROM care_press WHERE case_id = '$call_id' LIMIT 1")).await;
    let before = fixture.fingerprint().await;
    for who in ALL.into_iter().filter(|who| !may_act(*who)) {
        for (path, credential) in API_ROUTES {
            let paths: Vec<String> = match credential {
                Credential::OwnCall => ACTS.iter().map(|act| path.replace("{act}", act)).collect(),
                // Anyone may press; here the press must not join the owner's call.
                Credential::Nothing if who == Who::DelegateAsSelf || who == Who::FamilyContact => continue,
                Credential::Nothing | Credential::Device => vec![(*path).to_owned()],
            };
            for path in paths {
                // An existing press with a guessed secret, another one for each try.
                let secret = format!("guessed-{}", uuid::Uuid::new_v4());
                let fields = [
                    ("number", call.as_str()),
                    ("id", &press),
                    ("secret", &secret),
                    ("for_person", &person),
                    ("words", "x"),
                    ("lat", "30.5"),
                    ("lon", "114.3"),
                ];
                let answer = fixture.browser(who, router).await.call(&path, &fields).await;
                collect_leaks(&path, who, &answer.body, &mut leaks);
                let refused = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED);
                if *credential != Credential::Nothing && !refused || answer.body.contains(&call) {
                    leaks.push(format!("{path}: {who:?} gets {} {}", answer.status, answer.body));
                }
                if fixture.fingerprint().await != before {
                    leaks.push(format!("{path}: {who:?} changed the owner's record"));
                    return leaks;
                }
            }
        }
    }
    leaks
}
