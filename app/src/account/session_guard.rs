//! The warning before a session ends: 150 seconds before, with a button that prolongs it, so that nobody loses what
//! they type (WCAG 2.2, 2.2.1).

use crate::http::Refusal;
use leptos::prelude::*;

/// Prolongs the session of whoever is signed in; gives back the seconds that are left.
#[server(prefix = "/api", endpoint = "account/prolong")]
pub async fn prolong() -> Result<i64, Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::SignedIn).await?;
    Ok(visit.session_left.unwrap_or_default())
}

/// The island, for whoever is signed in.
#[cfg(feature = "ssr")]
pub fn view(visit: &crate::http::visit::Visit) -> Option<AnyView> {
    use shared::texts::account as t;
    let left = visit.session_left?;
    let lang = visit.lang;
    let values = [
        ("left", left.to_string()),
        ("title", t::session_ends_title(lang).to_owned()),
        ("words", t::session_ends(lang).to_owned()),
        ("stay", t::session_stay(lang).to_owned()),
        ("over", t::session_over(lang).to_owned()),
    ];
    Some(crate::http::islands::given::island("session-guard", values, || view! { <SessionGuard/> }.into_any()))
}

/// Seconds before the end at which the warning comes.
#[cfg(feature = "hydrate")]
const WARN: i64 = 150;

/// Counts down in the browser; drawn only when the end is near.
#[island]
pub fn SessionGuard() -> impl IntoView {
    let given = crate::http::islands::given::Given::to("session-guard");
    let (title, stay) = (given.text("title"), given.text("stay"));
    let (words, over) = (given.text("words"), given.text("over"));
    let near = RwSignal::new(false);
    let ended = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let schedule = {
        use std::time::Duration;
        move |left: i64| {
            let seconds = |s: i64| Duration::from_secs(u64::try_from(s.max(0)).unwrap_or_default());
            near.set(false);
            set_timeout(move || near.set(true), seconds(left - WARN));
            set_timeout(move || ended.set(near.get_untracked()), seconds(left));
        }
    };
    #[cfg(feature = "hydrate")]
    schedule(given.number("left"));
    let prolong_now = move |_| {
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            use crate::http::islands::fetch::{post, text};
            use leptos::server_fn::ServerFn;
            let answer = post(Prolong::PATH, None).await;
            let left = match &answer {
                Some(answer) => text(answer).await,
                None => None,
            };
            if let Some(left) = left.and_then(|seconds| seconds.trim().parse().ok()) {
                schedule(left);
            }
        });
    };
    view! {
        <div class="session-guard" role="alertdialog" aria-labelledby="session-title" hidden=move || !near.get()>
            <p id="session-title" class="notice-title">{title}</p>
            <p>{move || if ended.get() { over.clone() } else { words.clone() }}</p>
            <button type="button" class="button" on:click=prolong_now hidden=move || ended.get()>{stay}</button>
        </div>
    }
}
