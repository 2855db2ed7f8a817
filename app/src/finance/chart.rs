//! The chart of instalments: one line per offer, distinguished by dash pattern and name.

use crate::ui::{Column, DataTable, Details, OptionalText, Row};
use leptos::prelude::*;
use shared::{
    Lang,
    finance::{money::yuan, view::OfferView},
    texts::finance as t,
};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
/// Margins for amounts at the left and months below.
const LEFT: f64 = 8.0;
const BELOW: f64 = 8.0;
/// The number of distinguishable lines.
const LINES: usize = 5;

/// Conversion to a float, for drawing only.
#[expect(clippy::cast_precision_loss, reason = "a drawing is exact to the pixel, not to the fen")]
const fn to_float(fen: i64) -> f64 {
    fen as f64
}

/// The chart: each payment is a step of the line; draws nothing without offers.
#[must_use]
pub fn chart(lang: Lang, offers: &[&OfferView]) -> AnyView {
    let shown: Vec<&&OfferView> = offers.iter().take(LINES).collect();
    let months = shown.iter().map(|o| o.terms.months).max().unwrap_or(0);
    let most = shown.iter().flat_map(|o| &o.costs.schedule.instalments).map(|i| i.payment_fen).max().unwrap_or(0);
    if months == 0 || most == 0 {
        return ().into_any();
    }
    let lines = shown
        .iter()
        .enumerate()
        .map(|(at, offer)| {
            let points = points(offer, months, most);
            view! { <polyline class=format!("chart-line chart-line-{}", at + 1) points=points fill="none"/> }
        })
        .collect_view();
    let names = shown
        .iter()
        .enumerate()
        .map(|(at, offer)| {
            let name = offer.bank.text(lang).to_owned();
            view! {
                <li>
                    <svg class="chart-key" viewBox="0 0 32 8" aria-hidden="true">
                        <line class=format!("chart-line chart-line-{}", at + 1) x1="0" y1="4" x2="32" y2="4"/>
                    </svg>
                    <span>{name}</span>
                </li>
            }
        })
        .collect_view();
    let left_out = offers.len().checked_sub(LINES).filter(|n| *n > 0);
    let left_out = left_out.map(|n| view! { <p class="hint">{t::chart_left_out(lang, n)}</p> });
    let label = t::chart_label(lang, t::MonthsMost { months, most: yuan(most) });
    view! {
        <figure class="chart">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label.clone()>
                <line class="chart-axis" x1=LEFT y1=HEIGHT - BELOW x2=WIDTH y2=HEIGHT - BELOW/>
                <line class="chart-axis" x1=LEFT y1="0" x2=LEFT y2=HEIGHT - BELOW/>
                {lines}
            </svg>
            <figcaption><span class="hint">{label}</span><ul class="chart-names">{names}</ul>{left_out}</figcaption>
        </figure>
    }
    .into_any()
}

/// The chart's data as a table for people who cannot see it: one row per month, one column per offer; draws
/// nothing without offers.
#[must_use]
pub fn figures(lang: Lang, offers: &[&OfferView]) -> AnyView {
    let offers: Vec<&&OfferView> = offers.iter().take(LINES).collect();
    if offers.is_empty() {
        return ().into_any();
    }
    let mut columns = vec![Column::new(t::chart_month(lang))];
    columns.extend(offers.iter().map(|offer| Column::new(offer.bank.text(lang)).number()));
    let months = offers.iter().map(|offer| offer.terms.months).max().unwrap_or(0);
    let rows = (1..=months)
        .map(|month| {
            let paid = |offer: &&&OfferView| {
                let all = &offer.costs.schedule.instalments;
                all.iter().find(|i| i.n * step(offer) == month).map(|i| yuan(i.payment_fen))
            };
            let mut cells = vec![month.to_string().into_any()];
            cells.extend(offers.iter().map(|offer| paid(offer).unwrap_or_default().into_any()));
            Row::new(OptionalText::default(), cells)
        })
        .collect();
    view! {
        <Details summary=t::chart_figures(lang)>
            <DataTable caption=t::chart_figures(lang) quiet_caption=true columns=columns rows=rows empty=|| ().into_any()/>
        </Details>
    }
    .into_any()
}

/// Months between the payments of an offer: one, or the whole term for a bullet loan.
fn step(offer: &OfferView) -> u32 {
    if offer.costs.schedule.instalments.len() == 1 { offer.terms.months } else { 1 }
}

/// The points of the line: each payment spans the months since the one before.
fn points(offer: &OfferView, months: u32, most: i64) -> String {
    let across = |month: u32| LEFT + (WIDTH - LEFT) * f64::from(month) / f64::from(months);
    let up = |fen: i64| (HEIGHT - BELOW) * (1.0 - to_float(fen) / to_float(most) * 0.96);
    let all = &offer.costs.schedule.instalments;
    let step = step(offer);
    let mut out = Vec::with_capacity(all.len() * 2);
    for one in all {
        let (from, to) = (across((one.n - 1) * step), across(one.n * step));
        out.push(format!("{from:.1},{:.1}", up(one.payment_fen)));
        out.push(format!("{to:.1},{:.1}", up(one.payment_fen)));
    }
    out.join(" ")
}
