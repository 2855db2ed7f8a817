//! Machine endpoints: everyone tries what only the owner, or a delegate, may do with the owner's call.

use crate::expected::ALL;
use crate::expected::Who;
use crate::walk::RightsFixture;
use crate::walk::listen_to;
use app::http::api_route::Credential;
use axum::{Router, http::StatusCode};

/// The expected endpoints, written down independently of the program: path and credential.
pub const API_ROUTES: &[(&str, Credential)] = &[
    ("/api/care/alarms", Credential::Device),
    ("/api/care/calls", Credential::Nothing),
    ("/api/care/calls/{act}", Credential::OwnCall),
];

/// What can be done with a call there.
const ACTS: [&str; 5] = ["status", "locate", "more", "cancel", "fine"];

/// Who may act on the owner's call by their session.
fn owns(who: Who) -> bool {
    matches!(who, Who::Owner | Who::Delegate)
}

/// Tries every endpoint as everybody who is nobody to the call.
pub async fn api_leaks(fixture: &RightsFixture, router: &Router) -> Vec<String> {
    let mut leaks = Vec::new();
    let (call, person) = (fixture.filled("$call"), fixture.filled("$person"));
    let press = fixture.fixture.ask(&fixture.filled("SELECT id::text FROM care_press WHERE case_id = '$call_id' LIMIT 1")).await;
    let before = fixture.print().await;
    for who in ALL.into_iter().filter(|who| !owns(*who)) {
        for (path, credential) in API_ROUTES {
            let paths: Vec<String> = match credential {
                Credential::OwnCall => ACTS.iter().map(|act| path.replace("{act}", act)).collect(),
                // A press is everybody's to make; here it must not become one of the owner's call.
                Credential::Nothing if who == Who::DelegateAsSelf || who == Who::FamilyContact => continue,
                Credential::Nothing | Credential::Device => vec![(*path).to_owned()],
            };
            for path in paths {
                // A press that exists, and a secret that is guessed; every try is one of its own.
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
                listen_to(&path, who, &answer.body, &mut leaks);
                let refused = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED);
                if *credential != Credential::Nothing && !refused || answer.body.contains(&call) {
                    leaks.push(format!("{path}: {who:?} gets {} {}", answer.status, answer.body));
                }
                if fixture.print().await != before {
                    leaks.push(format!("{path}: {who:?} changed the owner's record"));
                    return leaks;
                }
            }
        }
    }
    leaks
}
