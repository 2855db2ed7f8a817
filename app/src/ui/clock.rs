//! The time limit of a case in working days (工作日), as a ring that fills.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
    tone::Tone,
};
use leptos::prelude::*;

/// Working days used of those allowed. The text beside the ring contains the same data.
///
/// The tone follows from the figures: overdue is bad, from 80 % on is a warning, a paused clock is neutral.
#[component]
pub fn Clock(
    /// The name of the limit, such as "decision" (办理期限).
    #[prop(into)]
    label: String,
    /// Working days that count.
    counted: u32,
    /// Working days allowed.
    limit: u32,
    /// The summary in words: counted, elapsed and allowed days.
    #[prop(into)]
    text: String,
    /// A further line: the due date, or why the clock is paused.
    #[prop(optional, into)]
    note: OptionalText,
    /// Whether the clock is paused.
    #[prop(optional)]
    paused: bool,
    /// Whether the clock has stopped.
    #[prop(optional)]
    stopped: bool,
) -> impl IntoView {
    let part = percent(counted, limit);
    let tone = match (counted > limit, paused, stopped) {
        (true, ..) => Tone::Bad,
        (false, true, _) => Tone::Neutral,
        (false, false, true) => Tone::Good,
        (false, false, false) if part >= 80 => Tone::Warn,
        (false, false, false) => Tone::Progress,
    };
    let icon = if paused { IconName::Pause } else { tone.icon() };
    view! {
        <div class=format!("clock {}", tone.class())>
            <svg class="clock-ring" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
                <circle class="clock-rest" cx="24" cy="24" r="20"></circle>
                {(part > 0).then(|| view! {
                    <circle
                        class="clock-used"
                        cx="24"
                        cy="24"
                        r="20"
                        pathLength="100"
                        stroke-dasharray=format!("{part} 100")
                        transform="rotate(-90 24 24)"
                    ></circle>
                })}
                <text class="clock-figure" x="24" y="24" text-anchor="middle" dominant-baseline="central">
                    {counted.to_string()}
                </text>
            </svg>
            <div class="clock-words">
                <p class="clock-label"><Icon icon/><span>{label}</span></p>
                <p>{text}</p>
                {note.get().map(|text| view! { <p class="clock-note">{text}</p> })}
            </div>
        </div>
    }
}

/// The used part in whole percent, at most 100.
fn percent(value: u32, max: u32) -> u64 {
    (u64::from(value) * 100 / u64::from(max.max(1))).min(100)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_part_is_at_most_the_whole_and_nothing_divides_by_zero() {
        assert_eq!(percent(1, 3), 33);
        assert_eq!(percent(9, 3), 100);
        assert_eq!(percent(u32::MAX, u32::MAX), 100);
        assert_eq!(percent(0, 0), 0);
    }
}
