//! Keyboard shortcuts of the desk, active while no text is typed. They can be switched off (WCAG 2.2, 2.1.4), which the browser
//! remembers; everything they do also works by Tab and Enter.

use leptos::prelude::*;

/// Draws the island. Props: `on` and `off`, the texts of the switch; `home`, the address for `g` `q`.
#[cfg(feature = "ssr")]
pub fn desk_keys(on: &str, off: &str, home: &str) -> AnyView {
    let values = [("on", on.to_owned()), ("off", off.to_owned()), ("home", home.to_owned())];
    crate::islands::island_props::with_props("desk-keys", values, || view! { <DeskKeys/> }.into_any())
}

/// The switch; while it is on, key events are handled.
#[island]
pub fn DeskKeys() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("desk-keys");
    let (on, off) = (props.text("on"), props.text("off"));
    let works = RwSignal::new(true);
    let listens = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    {
        keys::listen(works, props.text("home"));
        request_animation_frame(move || listens.set(true));
    }
    let turn = move |_| {
        #[cfg(feature = "hydrate")]
        keys::remember(!works.get_untracked());
        works.update(|w| *w = !*w);
    };
    view! {
        <button
            type="button"
            class="button button-quiet"
            hidden=move || !listens.get()
            aria-pressed=move || works.get().to_string()
            on:click=turn
        >
            {move || if works.get() { on.clone() } else { off.clone() }}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod keys {
    use crate::islands::browser::local_storage;
    use leptos::{ev, prelude::*};
    use std::cell::Cell;
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement, KeyboardEvent};

    /// Storage key, set while the shortcuts are off.
    const OFF: &str = "desk-keys-off";

    pub(super) fn remember(on: bool) {
        local_storage::set(OFF, (!on).then_some("1"));
    }

    pub(super) fn listen(works: RwSignal<bool>, home: String) {
        if local_storage::get(OFF).is_some() {
            request_animation_frame(move || works.set(false));
        }
        let after_g = Cell::new(false);
        window_event_listener(ev::keydown, move |event: KeyboardEvent| {
            if !works.get_untracked() || event.ctrl_key() || event.alt_key() || event.meta_key() || types(&event) {
                return;
            }
            let key = event.key();
            let second = after_g.replace(key == "g");
            if pressed(&key, second, &home).is_some() {
                event.prevent_default();
            }
        });
    }

    /// Whether the event's target is an input.
    fn types(event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        target.is_some_and(|e| e.matches("textarea, select, input:not([type=checkbox], [type=radio])").unwrap_or(false))
    }

    fn find(selector: &str) -> Option<HtmlElement> {
        document().query_selector(selector).ok().flatten()?.dyn_into().ok()
    }

    fn pressed(key: &str, after_g: bool, home: &str) -> Option<()> {
        match key {
            "q" if after_g => window().location().set_href(home).ok(),
            "j" => step(true),
            "k" => step(false),
            // The arrow keys scroll the page until a row has the focus.
            "ArrowDown" => focused_row().and_then(|_| step(true)),
            "ArrowUp" => focused_row().and_then(|_| step(false)),
            "x" => focused_row()?
                .query_selector("input[type=checkbox]")
                .ok()
                .flatten()?
                .dyn_into::<HtmlElement>()
                .ok()
                .map(|b| b.click()),
            "/" => find(".filters input[type=search], .filters input[type=text]")?.focus().ok(),
            "?" => find("#desk-keys summary").map(|s| s.click()),
            letter if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()) => {
                // A shortcut of the focused row precedes one anywhere on the page.
                let wanted = format!("[aria-keyshortcuts={letter}]");
                let in_row = focused_row().and_then(|row| row.query_selector(&wanted).ok().flatten()?.dyn_into().ok());
                let marked: HtmlElement = in_row.or_else(|| find(&format!("main {wanted}")))?;
                if marked.matches("textarea").unwrap_or(false) {
                    return marked.focus().ok();
                }
                marked.click();
                Some(())
            }
            _ => None,
        }
    }

    fn focused_row() -> Option<Element> {
        document().active_element()?.closest("tr").ok().flatten()
    }

    /// Moves the focus to the link of the next or previous row; to the first one from outside the table.
    fn step(down: bool) -> Option<()> {
        let links = document().query_selector_all("tbody .row-link").ok()?;
        let row = focused_row();
        let at = |i: u32| links.item(i).and_then(|n| n.dyn_into::<HtmlElement>().ok());
        let here = (0..links.length()).find(|i| row.as_ref().is_some_and(|row| at(*i).is_some_and(|l| row.contains(Some(&l)))));
        let to = match (here, down) {
            (None, _) => 0,
            (Some(i), true) => (i + 1).min(links.length().saturating_sub(1)),
            (Some(i), false) => i.saturating_sub(1),
        };
        at(to)?.focus().ok()
    }
}
