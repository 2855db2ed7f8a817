//! Shares a responder's location while the page is open: at most every 30 seconds, and only after they switched it on, which
//! the browser remembers. Everything else works without it.

use leptos::prelude::*;

/// Draws the island. Props: `action`, the address that receives the location; `start` and `stop` on the button; the messages
/// `on`, `denied` (the browser does not allow it) and `lost` (it could not be sent).
#[cfg(feature = "ssr")]
pub fn share_place(values: [(&'static str, String); 6]) -> AnyView {
    crate::islands::island_props::with_props("share-place", values, || view! { <SharePlace/> }.into_any())
}

/// The switch and its status.
#[island]
pub fn SharePlace() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("share-place");
    let (start, stop) = (props.text("start"), props.text("stop"));
    let able = RwSignal::new(false);
    let shares = RwSignal::new(false);
    let status = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    let press = {
        let sharing = share::Sharing::new(props.text("action"), share::Words::of(&props), shares, status);
        request_animation_frame({
            let sharing = sharing.clone();
            move || {
                able.set(share::geolocation().is_some());
                if share::is_remembered() {
                    sharing.start();
                }
            }
        });
        move |_| if shares.get_untracked() { sharing.stop() } else { sharing.start() }
    };
    #[cfg(not(feature = "hydrate"))]
    let press = |_| ();
    view! {
        <div class="stack" hidden=move || !able.get()>
            <p role="status">{move || status.get()}</p>
            <button type="button" class="button button-secondary" aria-pressed=move || shares.get().to_string() on:click=press>
                {move || if shares.get() { stop.clone() } else { start.clone() }}
            </button>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod share {
    use crate::islands::{
        browser::{fetch::post, local_storage, number::format_number},
        island_props::IslandProps,
    };
    use leptos::{prelude::*, task::spawn_local};
    use std::{cell::Cell, rc::Rc, time::Duration};
    use wasm_bindgen::{JsCast, prelude::Closure};
    use web_sys::{FormData, Geolocation, Position, PositionError, PositionOptions};

    /// Storage key, set while sharing is on.
    const STORAGE_KEY: &str = "share-place";
    /// Milliseconds between two messages.
    const SEND_INTERVAL_MS: f64 = 30_000.0;
    /// Milliseconds after which the location is requested again: a phone at rest reports no new location.
    const REQUEST_AGAIN_MS: f64 = 300_000.0;
    /// How often this timeout is checked.
    const CHECK_EVERY: Duration = Duration::from_secs(30);

    #[derive(Clone)]
    pub(super) struct Words {
        on: String,
        denied: String,
        lost: String,
    }

    impl Words {
        pub(super) fn of(props: &IslandProps) -> Self {
            Self { on: props.text("on"), denied: props.text("denied"), lost: props.text("lost") }
        }
    }

    pub(super) fn geolocation() -> Option<Geolocation> {
        window().navigator().geolocation().ok()
    }

    pub(super) fn is_remembered() -> bool {
        local_storage::get(STORAGE_KEY).is_some()
    }

    #[derive(Clone)]
    pub(super) struct Sharing {
        action: Rc<String>,
        words: Rc<Words>,
        shares: RwSignal<bool>,
        status: RwSignal<String>,
        watch: Rc<Cell<Option<i32>>>,
        sent: Rc<Cell<f64>>,
        checks: Rc<Cell<bool>>,
    }

    impl Sharing {
        pub(super) fn new(action: String, words: Words, shares: RwSignal<bool>, status: RwSignal<String>) -> Self {
            let (watch, sent, checks) = (Rc::default(), Rc::default(), Rc::default());
            Self { action: Rc::new(action), words: Rc::new(words), shares, status, watch, sent, checks }
        }

        pub(super) fn start(&self) {
            let (Some(place), None) = (geolocation(), self.watch.get()) else { return };
            let (found, failed) = (self.found(), self.failed());
            let watch = place.watch_position_with_error_callback_and_options(
                found.unchecked_ref(),
                Some(failed.unchecked_ref()),
                &options(),
            );
            self.watch.set(watch.ok());
            self.shares.set(true);
            self.status.set(self.words.on.clone());
            local_storage::set(STORAGE_KEY, Some("1"));
            if !self.checks.replace(true) {
                let sharing = self.clone();
                let _ = set_interval_with_handle(move || sharing.check_still(), CHECK_EVERY);
            }
        }

        pub(super) fn stop(&self) {
            if let (Some(place), Some(watch)) = (geolocation(), self.watch.take()) {
                place.clear_watch(watch);
            }
            self.shares.set(false);
            self.status.set(String::new());
            local_storage::set(STORAGE_KEY, None);
        }

        fn check_still(&self) {
            let still = js_sys::Date::now() - self.sent.get() >= REQUEST_AGAIN_MS;
            if let (true, Some(place)) = (still && self.watch.get().is_some(), geolocation()) {
                let _ =
                    place.get_current_position_with_error_callback_and_options(self.found().unchecked_ref(), None, &options());
            }
        }

        fn found(&self) -> wasm_bindgen::JsValue {
            let sharing = self.clone();
            Closure::wrap(Box::new(move |position: Position| sharing.send(&position)) as Box<dyn FnMut(_)>).into_js_value()
        }

        fn failed(&self) -> wasm_bindgen::JsValue {
            let sharing = self.clone();
            let failed = move |error: PositionError| {
                if error.code() == PositionError::PERMISSION_DENIED {
                    sharing.stop();
                    sharing.status.set(sharing.words.denied.clone());
                }
            };
            Closure::wrap(Box::new(failed) as Box<dyn FnMut(_)>).into_js_value()
        }

        /// Sends the location unless one was sent just now. A failed one is replaced by the next.
        fn send(&self, position: &Position) {
            let now = js_sys::Date::now();
            if now - self.sent.get() < SEND_INTERVAL_MS || self.watch.get().is_none() {
                return;
            }
            let before = self.sent.replace(now);
            let Some(form) = form(position) else { return };
            let sharing = self.clone();
            spawn_local(async move {
                let done = post(&sharing.action, Some(&form)).await.is_some();
                if sharing.watch.get().is_none() {
                    return;
                }
                if !done {
                    sharing.sent.set(before);
                }
                sharing.status.set(if done { sharing.words.on.clone() } else { sharing.words.lost.clone() });
            });
        }
    }

    fn options() -> PositionOptions {
        let options = PositionOptions::new();
        options.set_enable_high_accuracy(true);
        options.set_maximum_age(15_000);
        options
    }

    fn form(position: &Position) -> Option<FormData> {
        let (form, at) = (FormData::new().ok()?, position.coords());
        let pairs =
            [("lat", at.latitude()), ("lon", at.longitude()), ("accuracy", at.accuracy()), ("taken", position.timestamp())];
        for (name, value) in pairs {
            form.append_with_str(name, &format_number(value)).ok()?;
        }
        Some(form)
    }
}
