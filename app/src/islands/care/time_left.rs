//! Countdown to the time by which a responder must set out, arrive or check in. The page shows a time of day, the browser
//! minutes and seconds. The time is read from the page on each tick, because a live region may have renewed it.

use leptos::prelude::*;

/// Draws the island with the label before the time.
#[cfg(feature = "ssr")]
pub fn time_left(label: &str) -> AnyView {
    crate::islands::island_props::with_props("time-left", [("label", label.to_owned())], || view! { <TimeLeft/> }.into_any())
}

/// Shows the time left until the moment in the first element with `data-due` (seconds since 1970).
#[island]
pub fn TimeLeft() -> impl IntoView {
    let label = crate::islands::island_props::IslandProps::of("time-left").text("label");
    let left = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    {
        let tick = move || left.set(until_due().unwrap_or_default());
        request_animation_frame(tick);
        let _ = set_interval_with_handle(tick, std::time::Duration::from_secs(1));
    }
    view! {
        <p class="time-left" role="timer" hidden=move || left.get().is_empty()>
            <span>{label}</span>
            " "
            <strong class="number">{move || left.get()}</strong>
        </p>
    }
}

/// Formats the time left as `12:05`; none when nothing is due.
#[cfg(feature = "hydrate")]
fn until_due() -> Option<String> {
    let due = crate::islands::browser::number::parse_number(
        &document().query_selector("[data-due]").ok()??.get_attribute("data-due")?,
    )?;
    let left = std::time::Duration::try_from_secs_f64((due - js_sys::Date::now() / 1000.0).max(0.0)).ok()?.as_secs();
    Some(format!("{}:{:02}", left / 60, left % 60))
}
