//! Reads the page aloud (朗读), for elder mode. Browsers that cannot speak do not show the button.

use leptos::prelude::*;

/// Draws the island. Props: `start` and `stop`, the two labels of the button; `lang`, the language of the page (BCP 47).
#[cfg(feature = "ssr")]
pub fn read_aloud(start: &str, stop: &str, lang: &str) -> AnyView {
    let values = [("start", start.to_owned()), ("stop", stop.to_owned()), ("lang", lang.to_owned())];
    crate::islands::island_props::with_props("read-aloud", values, || view! { <ReadAloud/> }.into_any())
}

/// A button that reads the content of `main` aloud; pressed again it stops.
#[island]
pub fn ReadAloud() -> impl IntoView {
    let props = crate::islands::island_props::IslandProps::of("read-aloud");
    let (start, stop) = (props.text("start"), props.text("stop"));
    let supported = RwSignal::new(false);
    let reading = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let press = {
        let lang = props.text("lang");
        // In an effect, so after hydration: a value set earlier would not appear on the page.
        Effect::new(move |_| supported.set(speech().is_some()));
        move |_| {
            let Some(speech) = speech() else { return };
            // Also stops what another page of the tab started.
            speech.cancel();
            if !reading.get_untracked() {
                reading.set(speak(&speech, &lang, reading).is_some());
            }
        }
    };
    #[cfg(not(feature = "hydrate"))]
    let press = |_| ();
    view! {
        <p class="read-aloud" hidden=move || !supported.get()>
            <button type="button" class="button button-secondary" aria-pressed=move || reading.get().to_string() on:click=press>
                {move || if reading.get() { stop.clone() } else { start.clone() }}
            </button>
        </p>
    }
}

#[cfg(feature = "hydrate")]
fn speech() -> Option<web_sys::SpeechSynthesis> {
    window().speech_synthesis().ok().filter(|s| !s.is_undefined() && !s.is_null())
}

/// Speaks the text of `main`, one utterance per line, because some browsers stop in the middle of a long one. None if there is
/// nothing to speak.
#[cfg(feature = "hydrate")]
fn speak(speech: &web_sys::SpeechSynthesis, lang: &str, reading: RwSignal<bool>) -> Option<()> {
    use wasm_bindgen::{JsCast, prelude::Closure};
    use web_sys::{HtmlElement, SpeechSynthesisUtterance};
    let main: HtmlElement = document().get_element_by_id("main")?.dyn_into().ok()?;
    let text = main.inner_text();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let last = lines.len().checked_sub(1)?;
    for (at, line) in lines.into_iter().enumerate() {
        let utterance = SpeechSynthesisUtterance::new_with_text(line).ok()?;
        utterance.set_lang(lang);
        utterance.set_rate(0.9);
        if at == last {
            utterance.set_onend(Some(Closure::once_into_js(move || reading.set(false)).unchecked_ref()));
        }
        speech.speak(&utterance);
    }
    Some(())
}
