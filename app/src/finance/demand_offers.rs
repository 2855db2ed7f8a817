//! The offers on a demand side by side, sortable, with charts of their instalments.

use super::{
    chart::{chart, figures},
    terms::{code_text, method, percent},
};
use crate::{
    http::context::Ctx,
    ui::{Column, DataTable, Direction, EmptyState, IconName, Row, when},
};
use leptos::prelude::*;
use shared::{
    Lang,
    finance::{
        money::yuan,
        view::{DemandView, OfferView},
    },
    texts::finance as t,
};

/// The sort criteria of the offers: query value, heading, sort key.
type Sort = (&'static str, fn(Lang) -> &'static str, fn(&OfferView) -> i64);

/// A rate as a whole number, for sorting.
#[expect(clippy::cast_possible_truncation, reason = "a rate a year times a billion is far within an i64")]
fn sort_key(part: f64) -> i64 {
    (part * 1e9) as i64
}

const SORTS: [Sort; 7] = [
    ("xirr", t::xirr, |o| sort_key(o.costs.cost.xirr)),
    ("effective", t::effective, |o| sort_key(o.costs.cost.effective)),
    ("nominal", t::nominal, |o| sort_key(o.costs.cost.nominal)),
    ("amount", t::amount, |o| o.terms.amount_fen),
    ("months", t::months, |o| i64::from(o.terms.months)),
    ("first", t::first_instalment, first_payment),
    ("total", t::total_cost, |o| o.costs.total_cost_fen),
];

fn first_payment(offer: &OfferView) -> i64 {
    offer.costs.schedule.instalments.first().map_or(0, |i| i.payment_fen)
}

/// Draws the table of offers with the charts.
pub(super) fn offers(ctx: &Ctx, demand: &DemandView) -> AnyView {
    let lang = ctx.lang;
    let (wanted, down) = ctx.query("sort").map_or(("xirr".to_owned(), false), |sort| match sort.strip_prefix('-') {
        Some(name) => (name.to_owned(), true),
        None => (sort, false),
    });
    let mut shown: Vec<&OfferView> = demand.offers.iter().collect();
    let by = SORTS.iter().find(|(name, ..)| *name == wanted).or(SORTS.first());
    if let Some((_, _, value)) = by {
        shown.sort_by_key(|o| value(o));
    }
    if down {
        shown.reverse();
    }
    let path = format!("/finance/demands/{}", demand.number);
    let sorted = |name: &str| {
        let current = by.is_some_and(|(by, ..)| *by == name);
        let direction = current.then_some(if down { Direction::Descending } else { Direction::Ascending });
        let turned = if current && !down { "-" } else { "" };
        (format!("{path}?sort={turned}{name}#offers"), direction)
    };
    let mut columns = vec![Column::new(t::bank(lang))];
    columns.extend(SORTS.iter().map(|(name, heading, _)| {
        let (href, direction) = sorted(name);
        Column::new(heading(lang)).number().sort(href, direction)
    }));
    columns.extend([
        Column::new(t::method(lang)),
        Column::new(t::service_fee(lang)).number(),
        Column::new(t::guarantee(lang)).number(),
        Column::new(t::fees(lang)).number(),
        Column::new(t::conditions(lang)),
        Column::new(t::valid_until(lang)),
    ]);
    let live: Vec<&OfferView> = shown.iter().copied().filter(|o| o.outcome.is_none()).collect();
    let drawn = (chart(lang, &live), figures(lang, &live));
    let rows = shown.iter().map(|offer| offer_row(lang, &path, offer)).collect();
    view! {
        <section class="stack" id="offers">
            <h2>{t::offers(lang)}</h2>
            <p class="hint">{t::offers_hint(lang)}</p>
            // Wider than a column of text, so it scrolls separately, also by keyboard.
            <div class="scroll-x" role="region" aria-label=t::offers(lang) tabindex="0">
                <DataTable
                    caption=t::offers(lang)
                    quiet_caption=true
                    columns=columns
                    rows=rows
                    empty=move || view! { <EmptyState title=t::no_offers(lang) text=t::no_offers_text(lang) icon=IconName::Coin/> }
                />
            </div>
            {drawn}
        </section>
    }
    .into_any()
}

fn offer_row(lang: Lang, path: &str, offer: &OfferView) -> Row {
    let (terms, reckoned) = (&offer.terms, &offer.costs);
    let name = match offer.outcome {
        Some(outcome) => {
            let outcome = code_text(lang, "outcome", outcome.code());
            t::bank_outcome(lang, t::BankOutcome { bank: offer.bank.text(lang), outcome })
        }
        None => offer.bank.text(lang).to_owned(),
    };
    let cost = reckoned.cost;
    let fees = terms.service_fee_fen + terms.guarantee_fen;
    let conditions = if offer.conditions.is_empty() { t::conditions_none(lang).to_owned() } else { offer.conditions.clone() };
    let cells = vec![
        name.into_any(),
        view! { <strong>{percent(cost.xirr)}</strong> }.into_any(),
        percent(cost.effective).into_any(),
        percent(cost.nominal).into_any(),
        yuan(terms.amount_fen).into_any(),
        t::months_count(lang, terms.months).into_any(),
        yuan(first_payment(offer)).into_any(),
        yuan(reckoned.total_cost_fen).into_any(),
        method(lang, terms.method).into_any(),
        yuan(terms.service_fee_fen).into_any(),
        yuan(terms.guarantee_fen).into_any(),
        yuan(fees).into_any(),
        conditions.into_any(),
        when::day(offer.valid_until, lang).into_any(),
    ];
    Row::new(format!("{path}/offers/{}", offer.id).into(), cells)
}
