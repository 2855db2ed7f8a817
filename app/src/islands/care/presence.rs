//! Asks dispatchers whether they are present after a long time without a key or a pointer: a board that is only watched must
//! neither lose its session nor count as attended while it is empty.

use leptos::prelude::*;

/// Draws the island. Props: `action`, where the answer is posted; `ask_after`, the seconds without input; `grace`, the seconds
/// to answer; `title` and `words` of the question; `here` on the button; `absent` after no answer.
#[cfg(feature = "ssr")]
pub fn presence(values: [(&'static str, String); 7]) -> AnyView {
    crate::islands::island_props::with_props("presence", values, || view! { <Presence/> }.into_any())
}

/// The question; drawn only when it is asked.
#[island]
pub fn Presence() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("presence");
    let (title, here) = (props.text("title"), props.text("here"));
    let (words, absent) = (props.text("words"), props.text("absent"));
    let asks = RwSignal::new(false);
    let away = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let stay = there::watch(&props, asks, away);
    #[cfg(not(feature = "hydrate"))]
    let stay = || ();
    view! {
        <div
            class="session-guard"
            role="alertdialog"
            aria-labelledby="presence-title"
            aria-describedby="presence-words"
            hidden=move || !(asks.get() || away.get())
        >
            <p id="presence-title" class="notice-title">{title}</p>
            <p id="presence-words">{move || if away.get() { absent.clone() } else { words.clone() }}</p>
            <button type="button" id="presence-here" class="button" on:click=move |_| stay()>{here}</button>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod there {
    use crate::islands::{
        browser::{
            fetch::post,
            local_storage,
            number::{format_number, parse_number},
        },
        island_props::IslandProps,
    };
    use leptos::{ev, prelude::*, task::spawn_local};
    use std::{cell::Cell, rc::Rc, time::Duration};
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlElement};

    /// Storage key by which the pages of one browser share the time of the last input.
    const SEEN: &str = "dispatch-seen";
    /// Seconds between two presence reports to the server.
    const REPORT_EVERY: f64 = 60.0;

    fn now() -> f64 {
        js_sys::Date::now() / 1000.0
    }

    fn seen_elsewhere() -> f64 {
        local_storage::get(SEEN).and_then(|t| parse_number(&t)).unwrap_or_default()
    }

    fn report(action: &str, there: bool) {
        let action = action.to_owned();
        spawn_local(async move {
            if let Ok(form) = FormData::new() {
                let _ = form.append_with_str("there", if there { "true" } else { "false" });
                post(&action, Some(&form)).await;
            }
        });
    }

    /// Watches for input; returns the handler of the button.
    pub(super) fn watch(props: &IslandProps, asks: RwSignal<bool>, away: RwSignal<bool>) -> impl Fn() + Clone + use<> {
        let seconds = |name| parse_number(&props.text(name)).unwrap_or_default();
        let (ask_after, grace) = (seconds("ask_after"), seconds("grace"));
        let (seen, reported) = (Rc::new(Cell::new(now())), Rc::new(Cell::new(now())));
        let asked = Rc::new(Cell::new(0.0));
        let action = Rc::new(props.text("action"));
        // Opening a page counts as input.
        report(&action, true);
        let record_input = {
            let seen = Rc::clone(&seen);
            move || {
                seen.set(now());
                local_storage::set(SEEN, Some(&format_number(now())));
            }
        };
        record_input();
        // While the question is open, only its button counts, not other input.
        let on_input = {
            let record_input = record_input.clone();
            move || {
                if !asks.get_untracked() && !away.get_untracked() {
                    record_input();
                }
            }
        };
        window_event_listener(ev::keydown, {
            let on_input = on_input.clone();
            move |_| on_input()
        });
        window_event_listener(ev::pointerdown, move |_| on_input());
        let tick = {
            let (seen, reported, asked, action) = (Rc::clone(&seen), Rc::clone(&reported), Rc::clone(&asked), Rc::clone(&action));
            move || {
                let last = seen.get().max(seen_elsewhere());
                if away.get_untracked() {
                    return;
                }
                if asks.get_untracked() {
                    if last > asked.get() {
                        asks.set(false);
                    } else if now() - asked.get() >= grace {
                        report(&action, false);
                        away.set(true);
                        asks.set(false);
                    }
                } else if now() - last >= ask_after {
                    asked.set(now());
                    asks.set(true);
                    request_animation_frame(focus_button);
                } else if last > reported.get() && now() - reported.get() >= REPORT_EVERY {
                    reported.set(now());
                    report(&action, true);
                }
            }
        };
        let _ = set_interval_with_handle(tick, Duration::from_secs(1));
        move || {
            record_input();
            reported.set(now());
            asks.set(false);
            away.set(false);
            report(&action, true);
        }
    }

    fn focus_button() {
        let button = document().get_element_by_id("presence-here").and_then(|b| b.dyn_into::<HtmlElement>().ok());
        if let Some(button) = button {
            let _ = button.focus();
        }
    }
}
