//! The emergency button in the browser: makes the press and keeps it, sends it until it is acknowledged, follows the
//! call, and adds where the caller is. What was pressed outlives a reload and a lost network: it is kept in the browser's
//! storage until the server has it and the call has ended.
//!
//! Everything else on the page is drawn by the server; the island shows and hides it.

#[cfg(feature = "hydrate")]
mod hold;
#[cfg(feature = "hydrate")]
mod place;
#[cfg(feature = "hydrate")]
mod press;
#[cfg(feature = "hydrate")]
mod state;

use leptos::prelude::*;

/// What the island is given, by name: `sending` until the press is acknowledged; `lost_touch` when it is and no news can be
/// had; `countdown`, with `SECONDS` for the seconds that are left; `cancelling` while it is being taken back; `locate` on
/// the button that sends where the caller is, and `locate_with_them` where it is for somebody else, who may be elsewhere;
/// `locating` while the browser looks, `located`, with `METRES` for the accuracy, `not_located` when it could not be found
/// out; `press` on the button, `hold` when it is to be held, `hold_longer` when it was not held long enough.
#[cfg(feature = "ssr")]
pub fn sos(values: [(&'static str, String); 12]) -> AnyView {
    crate::islands::island_props::with_props("sos", values, || view! { <Sos/> }.into_any())
}

/// What the button needs, and what it says while a call is on.
#[island]
pub fn Sos() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("sos");
    let unsent = RwSignal::new(String::new());
    let countdown = RwSignal::new(String::new());
    let place = RwSignal::new(String::new());
    let label = RwSignal::new(props.text("locate"));
    #[cfg(feature = "hydrate")]
    let locate = {
        let button = press::Button::begin(&props, press::Said { unsent, countdown, place, label });
        move |_| button.locate()
    };
    #[cfg(not(feature = "hydrate"))]
    let locate = |_| ();
    view! {
        <div role="alert">
            <p class="sos-unsent" hidden=move || unsent.with(String::is_empty)>{move || unsent.get()}</p>
        </div>
        <p class="sos-countdown" hidden=move || countdown.with(String::is_empty)>{move || countdown.get()}</p>
        <div class="row">
            <button type="button" class="button button-secondary" on:click=locate>{move || label.get()}</button>
            <span class="hint" role="status">{move || place.get()}</span>
        </div>
    }
}
