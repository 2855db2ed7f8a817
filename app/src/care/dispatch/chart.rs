//! Charts of the figures, drawn on the server. A table beside them shows the same values.

use jiff::civil::Date;
use leptos::prelude::*;
use shared::{
    Lang,
    care::figures::{ANSWERED, Figures},
    texts::dispatch as t,
};

/// Width and height of the chart of days in its own units.
const WIDE: u32 = 1100;
const HIGH: u32 = 160;

/// A share as a percentage bar with a mark at the target. The text beside it contains both.
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

/// The share of calls answered within the second target by day, as bars with a line at the target; a day without calls is
/// a gap.
pub(super) fn days(found: &Figures, lang: Lang) -> Option<AnyView> {
    let [_, target, _] = ANSWERED;
    let whole = |span: jiff::Span| u32::try_from(span.get_days()).ok();
    let nth = |day: Date| found.from.until(day).ok().and_then(whole);
    let count = nth(found.to)?.checked_add(1)?;
    let left = |at: u32| at * WIDE / count;
    let height = |per_mille: u32| per_mille * HIGH / 1000;
    let bars: Vec<AnyView> = found
        .by_day()
        .iter()
        .filter_map(|(day, tally)| {
            let [_, met, _] = tally.answered;
            let (reached, at) = (met.per_mille()?, nth(*day)?);
            let high = height(reached).max(1);
            let class = if reached >= target.per_mille { "day-bar tone-good" } else { "day-bar tone-bad" };
            let (x, y) = (left(at), HIGH.saturating_sub(high));
            let wide = left(at + 1).saturating_sub(x).saturating_sub(1).max(1);
            let title = format!("{day}: {}", share(reached));
            Some(
                view! {
                    <rect class=class x=x.to_string() y=y.to_string() width=wide.to_string() height=high.to_string()>
                        <title>{title}</title>
                    </rect>
                }
                .into_any(),
            )
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let aim = (HIGH - height(target.per_mille)).to_string();
    let words = t::figures_chart(lang, share(target.per_mille));
    Some(
        view! {
            <figure class="day-chart">
                <svg viewBox=format!("0 0 {WIDE} {HIGH}") role="img" aria-label=words.clone()>
                    {bars}
                    <line class="day-aim" x1="0" x2=WIDE.to_string() y1=aim.clone() y2=aim></line>
                </svg>
                <p class="hint day-ends"><span>{found.from.to_string()}</span><span>{found.to.to_string()}</span></p>
                <figcaption class="hint">{words}</figcaption>
            </figure>
        }
        .into_any(),
    )
}

/// Per mille as a percentage with one decimal.
pub(super) fn share(per_mille: u32) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_keeps_its_decimal() {
        assert_eq!((share(975), share(1000), share(7)), ("97.5 %".to_owned(), "100.0 %".to_owned(), "0.7 %".to_owned()));
    }
}
