//! The terms of demands and offers, in words and lists.

use crate::{
    cases::status_view::state_tone,
    ui::{Column, DataTable, OptionalText, Row, SummaryList, SummaryRow, Tag, when},
};
use leptos::prelude::*;
use shared::{
    Lang,
    cases::state_name,
    finance::{
        AnnualCost, DayCount, Method, Schedule,
        life::DEMAND,
        money::yuan,
        view::{LoanRequest, OfferView},
    },
    registry::districts,
    texts::finance as t,
};

/// The text of a code, such as a purpose or a method.
#[must_use]
pub fn code_text(lang: Lang, kind: &str, code: &str) -> String {
    t::find(lang, &format!("{kind}_{code}")).unwrap_or(code).to_owned()
}

/// A method by name.
#[must_use]
pub fn method(lang: Lang, method: Method) -> String {
    code_text(lang, "method", method.code())
}

/// A district by name.
#[must_use]
pub fn district(lang: Lang, code: &str) -> String {
    districts::find(code).map_or_else(|| code.to_owned(), |d| lang.pick(d.zh, d.en).to_owned())
}

/// A section of GB/T 4754 by name.
#[must_use]
pub fn industry(lang: Lang, section: &str) -> String {
    code_text(lang, "industry", &section.to_lowercase())
}

/// The state of a demand.
#[must_use]
pub fn state_tag(lang: Lang, state: &str) -> AnyView {
    view! { <Tag text=state_name(lang, state) tone=state_tone(DEMAND.kind, state)/> }.into_any()
}

/// Amount, term and purpose in a line.
#[must_use]
pub fn asked_line(lang: Lang, asked: &LoanRequest) -> String {
    t::asked_line(
        lang,
        t::AmountMonthsPurpose {
            amount: yuan(asked.amount_fen),
            months: asked.months,
            purpose: code_text(lang, "purpose", asked.purpose.code()),
        },
    )
}

/// The terms that a demand asks for.
#[must_use]
pub fn demand_terms(lang: Lang, asked: &LoanRequest, today: jiff::civil::Date) -> Vec<SummaryRow> {
    let years = asked.registered_on.until((jiff::Unit::Year, today)).map_or(0, |span| span.get_years());
    vec![
        SummaryRow::new(t::amount(lang), yuan(asked.amount_fen)),
        SummaryRow::new(t::months(lang), t::months_count(lang, asked.months)),
        SummaryRow::new(t::purpose(lang), code_text(lang, "purpose", asked.purpose.code())),
        SummaryRow::new(t::collateral(lang), code_text(lang, "collateral", asked.collateral.code())),
        SummaryRow::new(t::place(lang), format!("{} · {}", district(lang, &asked.district), industry(lang, &asked.industry))),
        SummaryRow::new(t::firm_age(lang), t::years_count(lang, years)),
    ]
}

/// An annual rate with a percent sign.
#[must_use]
pub fn percent(part: f64) -> String {
    format!("{} %", AnnualCost::percent(part))
}

/// Draws the terms of an offer and its costs, the annual cost first and highlighted.
#[must_use]
pub fn offer_list(lang: Lang, offer: &OfferView) -> AnyView {
    let (terms, costs) = (&offer.terms, &offer.costs);
    let cost = costs.cost;
    let first = costs.schedule.instalments.first().map(|i| yuan(i.payment_fen)).unwrap_or_default();
    let mut rows = vec![
        SummaryRow::new(t::xirr(lang), view! { <strong class="figure-strong">{percent(cost.xirr)}</strong> }),
        SummaryRow::new(t::effective(lang), percent(cost.effective)),
        SummaryRow::new(t::nominal(lang), percent(cost.nominal)),
        SummaryRow::new(t::rate(lang), format!("{} %", terms.annual_rate.percent())),
        SummaryRow::new(t::product(lang), offer.product.text(lang).to_owned()),
        SummaryRow::new(t::amount(lang), yuan(terms.amount_fen)),
        SummaryRow::new(t::months(lang), t::months_count(lang, terms.months)),
        SummaryRow::new(t::method(lang), method(lang, terms.method)),
        SummaryRow::new(t::day_count(lang), day_count(lang, terms.day_count)),
    ];
    if terms.grace_months > 0 {
        rows.push(SummaryRow::new(t::grace(lang), t::months_count(lang, terms.grace_months)));
    }
    rows.extend([
        SummaryRow::new(t::service_fee(lang), yuan(terms.service_fee_fen)),
        SummaryRow::new(t::guarantee(lang), yuan(terms.guarantee_fen)),
        SummaryRow::new(t::first_instalment(lang), first),
        SummaryRow::new(t::total_interest(lang), yuan(costs.schedule.total_interest_fen)),
        SummaryRow::new(t::total_cost(lang), yuan(costs.total_cost_fen)),
        SummaryRow::new(t::valid_until(lang), when::day(offer.valid_until, lang)),
    ]);
    if !offer.conditions.is_empty() {
        rows.push(SummaryRow::new(t::conditions(lang), offer.conditions.clone()));
    }
    view! { <SummaryList rows=rows/> }.into_any()
}

/// A day count by name.
#[must_use]
pub fn day_count(lang: Lang, count: DayCount) -> String {
    let code = match count {
        DayCount::Thirty360 => "30_360",
        DayCount::Actual360 => "act_360",
        DayCount::Actual365 => "act_365",
    };
    code_text(lang, "day_count", code)
}

/// All instalments.
#[must_use]
pub fn schedule(lang: Lang, schedule: &Schedule) -> AnyView {
    let columns = vec![
        Column::new(t::instalment(lang)),
        Column::new(t::due(lang)),
        Column::new(t::payment(lang)).number(),
        Column::new(t::principal(lang)).number(),
        Column::new(t::interest(lang)).number(),
        Column::new(t::balance(lang)).number(),
    ];
    let rows = schedule
        .instalments
        .iter()
        .map(|i| {
            let cells = vec![
                i.n.to_string().into_any(),
                when::day(i.due, lang).into_any(),
                yuan(i.payment_fen).into_any(),
                yuan(i.principal_fen).into_any(),
                yuan(i.interest_fen).into_any(),
                yuan(i.balance_fen).into_any(),
            ];
            Row::new(OptionalText::default(), cells)
        })
        .collect();
    view! { <DataTable caption=t::schedule(lang) quiet_caption=true columns=columns rows=rows empty=|| ().into_any()/> }
        .into_any()
}
