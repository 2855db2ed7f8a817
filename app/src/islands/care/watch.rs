//! Runs the timers of a page of calls, and announces a new ringing call with a text and a sound.
//!
//! The page is drawn by the server and refreshed by [`LiveRegion`](crate::islands::cases::live_region::LiveRegion). Timers are
//! `time[data-since]` and `time[data-until]` (seconds since 1970); ringing calls are `[data-ringing]` with the person in
//! `data-who`.

use leptos::prelude::*;

/// Draws the island. Props: `now`, the server's clock when the page was made, in seconds since 1970; `rings`, set where calls
/// ring, which shows the switch; `on` and `off` on the switch; `hint` while the browser forbids the sound; `news` about a new
/// call, with `WHO` for the person.
#[cfg(feature = "ssr")]
pub fn watch(values: [(&'static str, String); 6]) -> AnyView {
    crate::islands::island_props::with_props("watch", values, || view! { <Watch/> }.into_any())
}

/// The switch of the sound, and the announcement.
#[island]
pub fn Watch() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("watch");
    let (on, off, hint) = (props.text("on"), props.text("off"), props.text("hint"));
    let rings = !props.text("rings").is_empty();
    let sounds = RwSignal::new(false);
    let works = RwSignal::new(false);
    let announcement = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    let turn = timers::begin(&props, sounds, works, announcement);
    #[cfg(not(feature = "hydrate"))]
    let turn = || ();
    view! {
        <div class="watch" hidden=move || !(rings && works.get())>
            <button
                type="button"
                class="button button-secondary"
                aria-pressed=move || sounds.get().to_string()
                on:click=move |_| turn()
            >
                {move || if sounds.get() { on.clone() } else { off.clone() }}
            </button>
            <span class="hint" hidden=move || sounds.get()>{hint}</span>
        </div>
        <div role="alert">
            <p class="watch-news" hidden=move || announcement.with(String::is_empty)>{move || announcement.get()}</p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod timers {
    use crate::islands::{
        browser::{
            local_storage,
            number::{format_number, parse_number},
        },
        island_props::IslandProps,
    };
    use leptos::prelude::*;
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
        time::Duration,
    };
    use wasm_bindgen::JsCast;
    use web_sys::{AudioContext, AudioContextState, Element};

    /// Storage key, set while the sound is on.
    const STORAGE_KEY: &str = "dispatch-sound";
    /// Seconds between two sounds while a call rings.
    const SOUND_INTERVAL_SECONDS: u32 = 4;

    fn elements(selector: &str) -> Vec<Element> {
        let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
        (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect()
    }

    /// Two tones, one second in total.
    fn sound(context: &AudioContext) -> Option<()> {
        let start = context.current_time();
        for (at, tone) in [(0.0, 880.0), (0.25, 660.0), (0.5, 880.0)] {
            let (voice, loudness) = (context.create_oscillator().ok()?, context.create_gain().ok()?);
            voice.frequency().set_value(tone);
            loudness.gain().set_value(0.25);
            voice.connect_with_audio_node(&loudness).ok()?;
            loudness.connect_with_audio_node(&context.destination()).ok()?;
            voice.start_with_when(start + at).ok()?;
            voice.stop_with_when(start + at + 0.2).ok()?;
        }
        Some(())
    }

    /// Formats a duration as `4:05` or `1:02:03`.
    fn format_seconds(seconds: f64) -> String {
        let seconds = seconds.max(0.0).floor();
        let (hours, minutes, rest) = ((seconds / 3600.0).floor(), (seconds / 60.0).floor() % 60.0, seconds % 60.0);
        let two = |n: f64| if n < 10.0 { format!("0{}", format_number(n)) } else { format_number(n) };
        if hours > 0.0 {
            format!("{}:{}:{}", format_number(hours), two(minutes), two(rest))
        } else {
            format!("{}:{}", format_number(minutes), two(rest))
        }
    }

    fn tick(now: f64) {
        for time in elements("time[data-since], time[data-until]") {
            let read = |name| time.get_attribute(name).and_then(|t| parse_number(&t));
            let passed = match (read("data-since"), read("data-until")) {
                (Some(since), _) => now - since,
                (None, Some(until)) => until - now,
                (None, None) => continue,
            };
            time.set_text_content(Some(&format_seconds(passed)));
        }
    }

    pub(super) fn begin(
        props: &IslandProps,
        sounds: RwSignal<bool>,
        works: RwSignal<bool>,
        announcement: RwSignal<String>,
    ) -> impl Fn() + Clone + use<> {
        let ahead = js_sys::Date::now() / 1000.0 - parse_number(&props.text("now")).unwrap_or_default();
        let news = props.text("news");
        let context: Rc<RefCell<Option<AudioContext>>> = Rc::default();
        let wanted = Rc::new(Cell::new(local_storage::get(STORAGE_KEY).is_some()));
        if wanted.get() {
            *context.borrow_mut() = AudioContext::new().ok();
        }
        request_animation_frame(move || works.set(true));
        let known: Rc<RefCell<Vec<String>>> = Rc::default();
        let (beats, first) = (Cell::new(0_u32), Cell::new(true));
        let step = {
            let (context, wanted) = (Rc::clone(&context), Rc::clone(&wanted));
            move || {
                tick(js_sys::Date::now() / 1000.0 - ahead);
                let rings = elements("[data-ringing]");
                let mut new = Vec::new();
                let mut numbers = Vec::new();
                for one in &rings {
                    let number = one.get_attribute("data-ringing").unwrap_or_default();
                    if !known.borrow().contains(&number) {
                        new.push(one.get_attribute("data-who").unwrap_or_default());
                    }
                    numbers.push(number);
                }
                *known.borrow_mut() = numbers;
                if !new.is_empty() && !first.get() {
                    announcement.set(news.replace("WHO", &new.join(" · ")));
                } else if rings.is_empty() && !announcement.get_untracked().is_empty() {
                    announcement.set(String::new());
                }
                first.set(false);
                let runs = wanted.get() && context.borrow().as_ref().is_some_and(|c| c.state() == AudioContextState::Running);
                if runs != sounds.get_untracked() {
                    sounds.set(runs);
                }
                if rings.is_empty() {
                    beats.set(0);
                    return;
                }
                if (!new.is_empty() || beats.get() % SOUND_INTERVAL_SECONDS == 0) && runs {
                    context.borrow().as_ref().and_then(sound);
                }
                beats.set(beats.get() + 1);
            }
        };
        step();
        let _ = set_interval_with_handle(step, Duration::from_secs(1));
        move || {
            let on = !sounds.get_untracked();
            wanted.set(on);
            local_storage::set(STORAGE_KEY, on.then_some("1"));
            if on {
                let mut context = context.borrow_mut();
                if context.is_none() {
                    *context = AudioContext::new().ok();
                }
                if let Some(context) = context.as_ref() {
                    let _ = context.resume();
                    sound(context);
                }
            }
            sounds.set(on);
        }
    }
}
