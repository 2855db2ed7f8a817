//! Saves a draft while the user types: posts the form with the id `draft-form`, without its files.
//!
//! It restores nothing: the page is always drawn from the server's data.

use leptos::prelude::*;

/// The delay after the last input in milliseconds.
#[cfg(feature = "hydrate")]
const SAVE_DELAY: std::time::Duration = std::time::Duration::from_millis(3_000);

/// Draws the island. Props: `action`, the address that saves; the texts `saved` (with `HH:MM` for the time of day) and
/// `not_saved`.
#[cfg(feature = "ssr")]
pub fn draft_keeper(action: &str, saved: &str, not_saved: &str) -> AnyView {
    let values = [("action", action.to_owned()), ("saved", saved.to_owned()), ("not_saved", not_saved.to_owned())];
    crate::islands::island_props::with_props("draft-keeper", values, || view! { <DraftKeeper/> }.into_any())
}

/// Shows when the draft was last saved.
#[island]
pub fn DraftKeeper() -> impl IntoView {
    let status = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    {
        let props = crate::islands::island_props::IslandProps::of("draft-keeper");
        saving::watch(props.text("action"), props.text("saved"), props.text("not_saved"), status);
    }
    view! { <p class="hint draft-saved" role="status">{move || status.get()}</p> }
}

#[cfg(feature = "hydrate")]
mod saving {
    use super::SAVE_DELAY;
    use crate::islands::browser::{fetch::post, listen::listen};
    use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
    use std::{cell::Cell, rc::Rc};
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlFormElement};

    fn form() -> Option<HtmlFormElement> {
        document().get_element_by_id("draft-form")?.dyn_into().ok()
    }

    /// The values of the form without its files.
    fn typed() -> Option<FormData> {
        let form = form()?;
        let typed = FormData::new_with_form(&form).ok()?;
        let files = form.query_selector_all("input[type=file]").ok()?;
        for at in 0..files.length() {
            let name = files.get(at)?.dyn_into::<web_sys::Element>().ok()?.get_attribute("name")?;
            typed.delete(&name);
        }
        Some(typed)
    }

    /// `14:05`.
    fn time_of_day() -> String {
        let now = js_sys::Date::new_0();
        format!("{:02}:{:02}", now.get_hours(), now.get_minutes())
    }

    pub(super) fn watch(action: String, saved: String, not_saved: String, status: RwSignal<String>) {
        let Some(form) = form() else { return };
        let action = Rc::new(action);
        let dirty = Rc::new(Cell::new(false));
        let waiting: Rc<Cell<Option<TimeoutHandle>>> = Rc::default();
        let save = {
            let (action, dirty) = (Rc::clone(&action), Rc::clone(&dirty));
            move || {
                let (action, dirty, saved, not_saved) = (Rc::clone(&action), Rc::clone(&dirty), saved.clone(), not_saved.clone());
                dirty.set(false);
                spawn_local(async move {
                    let done = match typed() {
                        Some(typed) => post(&action, Some(&typed)).await.is_some(),
                        None => false,
                    };
                    dirty.set(dirty.get() || !done);
                    status.set(if done { saved.replace("HH:MM", &time_of_day()) } else { not_saved });
                });
            }
        };
        let on_input = {
            let dirty = Rc::clone(&dirty);
            move |_: web_sys::Event| {
                dirty.set(true);
                if let Some(before) = waiting.take() {
                    before.clear();
                }
                waiting.set(set_timeout_with_handle(save.clone(), SAVE_DELAY).ok());
            }
        };
        // A submitted form is saved by the server.
        let sent = {
            let dirty = Rc::clone(&dirty);
            move |_: web_sys::Event| dirty.set(false)
        };
        let leave = move |_: web_sys::Event| {
            if let Some(typed) = dirty.take().then(typed).flatten() {
                let _ = window().navigator().send_beacon_with_opt_form_data(&action, Some(&typed));
            }
        };
        listen(&form, "input", on_input);
        listen(&form, "submit", sent);
        listen(&window(), "pagehide", leave);
    }
}
