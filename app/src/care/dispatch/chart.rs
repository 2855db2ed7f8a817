//! Pictures of the figures, drawn on the server. A table beside them says the same.

use super::figures::share;
use jiff::civil::Date;
use leptos::prelude::*;
use shared::{
    Lang,
    care::figures::{ANSWERED, Tally},
    texts::dispatch as t,
};

/// Width and height of the picture of days, in its own units.
const WIDE: u32 = 600;
const HIGH: u32 = 120;

/// A share as a bar of a hundred, with a mark where the aim is. Words beside it say both.
pub(super) fn bar(per_mille: u32, aim: u32) -> AnyView {
    let class = if per_mille >= aim { "target-bar tone-good" } else { "target-bar tone-bad" };
    view! {
        <svg class=class viewBox="0 0 1000 60" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="target-rest" x="0" y="10" width="1000" height="40"></rect>
            <rect class="target-part" x="0" y="10" width=per_mille.min(1000).to_string() height="40"></rect>
            <rect class="target-aim" x=aim.min(996).to_string() y="0" width="6" height="60"></rect>
        </svg>
    }
    .into_any()
}

/// How many were answered within the second target, day by day, as bars under the line of the aim.
pub(super) fn days(days: &[(Date, Tally)], lang: Lang) -> Option<AnyView> {
    let [_, target, _] = ANSWERED;
    let count = u32::try_from(days.len()).ok().filter(|n| *n > 0)?;
    let wide = WIDE / count.max(12);
    let height = |per_mille: u32| per_mille * HIGH / 1000;
    let bars = days
        .iter()
        .zip(0_u32..)
        .filter_map(|((day, tally), at)| {
            let [_, met, _] = tally.answered;
            let reached = met.per_mille()?;
            let high = height(reached).max(1);
            let class = if reached >= target.per_mille { "day-bar tone-good" } else { "day-bar tone-bad" };
            let (x, y) = ((at * wide + 1).to_string(), (HIGH - high).to_string());
            let title = format!("{day}: {}", share(reached));
            Some(view! {
                <rect class=class x=x y=y width=wide.saturating_sub(2).max(1).to_string() height=high.to_string()>
                    <title>{title}</title>
                </rect>
            })
        })
        .collect_view();
    let aim = (HIGH - height(target.per_mille)).to_string();
    let words = t::figures_chart(lang, share(target.per_mille));
    Some(
        view! {
            <figure class="day-chart">
                <svg viewBox=format!("0 0 {WIDE} {HIGH}") role="img" aria-label=words.clone()>
                    {bars}
                    <line class="day-aim" x1="0" x2=WIDE.to_string() y1=aim.clone() y2=aim></line>
                </svg>
                <figcaption class="hint">{words}</figcaption>
            </figure>
        }
        .into_any(),
    )
}
