//! The warning before a session ends: 150 seconds before, with a button that prolongs it, so that typed values are not lost
//! (WCAG 2.2, 2.2.1).

use leptos::prelude::*;

/// Address of the server function that prolongs the session.
pub const PROLONG: &str = "/api/account/prolong";

/// Draws the island. Props: `left`, the seconds until the session ends; `title` and `words` of the warning; `stay` on the button;
/// `over` once the session has ended.
#[cfg(feature = "ssr")]
pub fn session_guard(values: [(&'static str, String); 5]) -> AnyView {
    crate::islands::island_props::with_props("session-guard", values, || view! { <SessionGuard/> }.into_any())
}

/// Seconds before the end at which the warning appears.
#[cfg(feature = "hydrate")]
const WARN_SECONDS: i64 = 150;

/// Counts down; hidden until the end is near.
#[island]
pub fn SessionGuard() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("session-guard");
    let (title, stay) = (props.text("title"), props.text("stay"));
    let (words, over) = (props.text("words"), props.text("over"));
    let near = RwSignal::new(false);
    let ended = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let schedule = {
        use std::time::Duration;
        move |left: i64| {
            let seconds = |s: i64| Duration::from_secs(u64::try_from(s.max(0)).unwrap_or_default());
            near.set(false);
            set_timeout(move || near.set(true), seconds(left - WARN_SECONDS));
            set_timeout(move || ended.set(near.get_untracked()), seconds(left));
        }
    };
    #[cfg(feature = "hydrate")]
    schedule(props.number("left"));
    let prolong_now = move |_| {
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            use crate::islands::browser::fetch::{post, text};
            let answer = post(PROLONG, None).await;
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
