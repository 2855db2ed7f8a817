//! The emergency button in the browser: creates and stores the press, sends it until it is acknowledged, follows the call, and
//! adds the caller's location. A press survives a reload and a lost network: it is in the browser's storage until the server
//! has it and the call has ended.
//!
//! The server draws the button and the status of the call (`app/src/care/intake/sos.rs`), and gives the island its texts. The island
//! handles the presses, shows and hides parts of the page, and draws only the messages below and the button that sends the location.

#[cfg(feature = "hydrate")]
mod hold;
#[cfg(feature = "hydrate")]
mod place;
#[cfg(feature = "hydrate")]
mod press;
#[cfg(feature = "hydrate")]
mod state;

use leptos::prelude::*;

/// Draws the island. Its props are texts:
///
/// - `sending`: until the press is acknowledged
/// - `connection_lost`: no status arrives after that
/// - `countdown`: with `SECONDS` for the seconds left
/// - `cancelling`: while the press is being cancelled
/// - `locate`: on the button that sends the location
/// - `locate_other_person`: the same for a call on behalf of another person, who may be at another place
/// - `locating`, `located` (with `METRES` for the accuracy), `not_located`: about the location
/// - `press`: on the emergency button; `hold`: if it must be held; `hold_longer`: if it was held too briefly
#[cfg(feature = "ssr")]
pub fn sos(values: [(&'static str, String); 12]) -> AnyView {
    crate::islands::island_props::with_props("sos", values, || view! { <Sos/> }.into_any())
}

/// The messages about a press, the countdown, and the button that sends the location.
#[island]
pub fn Sos() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("sos");
    let unsent = RwSignal::new(String::new());
    let countdown = RwSignal::new(String::new());
    let place = RwSignal::new(String::new());
    let label = RwSignal::new(props.text("locate"));
    #[cfg(feature = "hydrate")]
    let locate = {
        let button = press::Button::begin(&props, press::Messages { unsent, countdown, place, label });
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
