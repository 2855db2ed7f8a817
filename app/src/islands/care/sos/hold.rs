//! The option to hold the button instead of tapping it, for trembling hands; stored in this browser.

use super::state::{part, show};
use crate::islands::{
    browser::{listen::listen, local_storage},
    island_props::IslandProps,
};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// Storage key, set while the option is on.
const HOLD: &str = "huimin.sos.hold";
/// How long the button must be held, in milliseconds.
const HOLD_MS: f64 = 1_000.0;

/// How the button is pressed.
pub(super) struct Hold {
    press: String,
    hold: String,
    hold_longer: String,
    /// When the pointer went down; none while it is up, or after a key press, which needs no holding.
    since: Cell<Option<f64>>,
}

impl Hold {
    pub(super) fn begin(props: &IslandProps) -> Rc<Self> {
        let text = |name| props.text(name);
        let (press, hold, hold_longer) = (text("press"), text("hold"), text("hold_longer"));
        let new = Rc::new(Self { press, hold, hold_longer, since: Cell::new(None) });
        if let Some(press) = part("sos-press") {
            let own = Rc::clone(&new);
            listen(&press, "pointerdown", move |_| own.since.set(Some(js_sys::Date::now())));
            let own = Rc::clone(&new);
            listen(&press, "keydown", move |_| own.since.set(None));
        }
        show("sos-settings", true);
        new.name_button();
        new.wire_choice();
        new
    }

    fn wire_choice(self: &Rc<Self>) {
        let chosen = part("sos-settings").and_then(|p| p.query_selector("input[name=hold]").ok().flatten());
        let Some(chosen) = chosen.and_then(|c| c.dyn_into::<HtmlInputElement>().ok()) else { return };
        chosen.set_checked(local_storage::get(HOLD).is_some());
        let (own, choice) = (Rc::clone(self), chosen.clone());
        listen(&chosen, "change", move |_| {
            local_storage::set(HOLD, choice.checked().then_some("1"));
            own.name_button();
        });
    }

    fn name_button(&self) {
        let name = if local_storage::get(HOLD).is_some() { &self.hold } else { &self.press };
        let text = part("sos-press").and_then(|p| p.query_selector(".sos-button-text").ok().flatten());
        if let Some(text) = text {
            text.set_text_content(Some(name));
        }
    }

    /// Whether it counts as a press; if not, the reason is shown.
    pub(super) fn counts(&self) -> bool {
        let held = self.since.take().map(|since| js_sys::Date::now() - since);
        let short = local_storage::get(HOLD).is_some() && held.is_some_and(|ms| ms < HOLD_MS);
        if let Some(hint) = part("sos-hold-longer") {
            hint.set_text_content(short.then_some(self.hold_longer.as_str()));
        }
        !short
    }
}
