//! `/bank/{number}`: a demand for a bank, as far as the firm's consent allows.

use super::{
    bank_action::{BankAct, WITH_FORM, hidden},
    terms::{self, code_text},
};
use crate::{
    cases::status_view,
    http::{context::Ctx, page::PageResult},
    ui::{BackLink, Button, ButtonKind, Details, LinkButton, Notice, PageHeading, PostForm, SummaryList, SummaryRow, Tone, when},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use serde_json::Value;
use shared::{
    Lang,
    cases::{Action, action_name},
    finance::{
        codes::{DataCategory, OfferOutcome},
        life::{APPROVE_CREDIT, DISBURSE, MAKE_OFFER, REFUSE_CREDIT, RETURN_DILIGENCE, WITHDRAW_OFFER},
        money::yuan,
        view::{BankView, ConsentedData, Diligence},
    },
    texts::finance as t,
};

/// Actions with a button on this page.
const WITH_BUTTON: [Action; 3] = [APPROVE_CREDIT, DISBURSE, WITHDRAW_OFFER];

/// `/bank/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    load(ctx, &number).await
}

async fn load(ctx: Ctx, number: &str) -> PageResult {
    let demand = server::finance::desk::page(ctx.store(), &ctx.actor, number).await?;
    Ok(ctx.desk_page(t::demand_title(ctx.lang), move |ctx| view(ctx, &demand)))
}

fn view(ctx: &Ctx, demand: &BankView) -> AnyView {
    let lang = ctx.lang;
    let state = terms::state_tag(lang, &demand.state);
    let clocks = (!demand.clocks.is_empty()).then(|| status_view::clocks(lang, &demand.clocks));
    let decision = demand.decision.as_ref().map(|d| {
        let title = code_text(lang, "decided", if d.approved { "approved" } else { "refused" });
        let (code, sentence) = (code_text(lang, "refusal", &d.code), d.sentence.clone());
        let why = (!d.approved).then(|| view! { <p>{code}</p><p>{sentence}</p> });
        let tone = if d.approved { Tone::Good } else { Tone::Bad };
        view! { <Notice tone=tone title=title>{why}</Notice> }
    });
    let paid = demand.disbursed_on.map(|day| view! { <p>{t::paid_out_on(lang, when::day(day, lang))}</p> });
    view! {
        <BackLink href="/bank" text=t::bank_title(lang)/>
        <PageHeading title=t::demand_title(lang) caption=demand.number.clone()>{state}</PageHeading>
        {decision}
        {paid}
        <section class="stack">
            <h2>{t::what_is_asked(lang)}</h2>
            <SummaryList rows=terms::demand_terms(lang, &demand.request, demand.today)/>
        </section>
        <section class="stack">
            <h2>{t::bank_consented_data(lang)}</h2>
            <p class="hint">{t::bank_logged(lang)}</p>
            {consented(lang, &demand.consented)}
        </section>
        {offers(lang, demand)}
        {diligence(lang, &demand.diligence)}
        {clocks}
        {action_links(lang, demand)}
    }
    .into_any()
}

fn consented(lang: Lang, all: &[ConsentedData]) -> AnyView {
    if all.is_empty() {
        return view! { <Notice tone=Tone::Neutral><p>{t::bank_nothing_consented(lang)}</p></Notice> }.into_any();
    }
    let rows = all.iter().flat_map(|one| facts(lang, one)).collect();
    view! { <SummaryList rows=rows/> }.into_any()
}

/// The facts of a consented category.
fn facts(lang: Lang, one: &ConsentedData) -> Vec<SummaryRow> {
    let text = |name: &str| one.facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| one.facts.get(name).and_then(Value::as_i64).unwrap_or_default();
    let source = t::fact_source(lang, when::day(text("as_of"), lang));
    let row = |key: &str, value: String| SummaryRow::new(code_text(lang, "fact", key), value).source(source.clone());
    match one.category {
        DataCategory::Firm => vec![
            row("name", text("name")),
            row("code", text("code")),
            row("address", text("address")),
            row("registered_on", when::day(text("registered_on"), lang)),
            row("capital", yuan(number("capital_fen"))),
        ],
        DataCategory::Tax => vec![row("tax_grade", text("grade")), row("tax_paid", yuan(number("paid_fen")))],
        DataCategory::Insured => vec![row("insured", number("people").to_string())],
        DataCategory::Story => vec![SummaryRow::new(t::story(lang), text("story"))],
    }
}

fn offers(lang: Lang, demand: &BankView) -> Option<AnyView> {
    let shown = demand
        .offers
        .iter()
        .map(|offer| {
            let state = offer.outcome.map_or("live", OfferOutcome::code);
            let title = format!("{} · {}", code_text(lang, "outcome", state), when::stamp(offer.made_at, lang));
            let list = terms::offer_list(lang, offer);
            view! { <Details summary=title open=matches!(offer.outcome, None | Some(OfferOutcome::Accepted))>{list}</Details> }
        })
        .collect_view();
    (!demand.offers.is_empty())
        .then(|| view! { <section class="stack"><h2>{t::bank_offers(lang)}</h2>{shown}</section> }.into_any())
}

fn diligence(lang: Lang, rounds: &[Diligence]) -> Option<AnyView> {
    let shown = rounds
        .iter()
        .map(|round| {
            let line = format!("{} · {}", round.by, when::stamp(round.at, lang));
            let back = round.sent_back.clone().map(|why| t::sent_back(lang, why));
            let back = back.map(|words| view! { <Notice tone=Tone::Warn><p>{words}</p></Notice> });
            view! { <p>{round.findings.clone()}</p><p class="hint">{line}</p>{back} }
        })
        .collect_view();
    (!rounds.is_empty()).then(|| view! { <section class="stack"><h2>{t::diligence(lang)}</h2>{shown}</section> }.into_any())
}

/// The allowed actions.
fn action_links(lang: Lang, demand: &BankView) -> Option<AnyView> {
    let live = demand.offers.iter().any(|o| o.outcome.is_none());
    let fits =
        |action: &&Action| demand.may(**action) && (**action != MAKE_OFFER || !live) && (**action != WITHDRAW_OFFER || live);
    let links: Vec<AnyView> = WITH_FORM
        .iter()
        .filter(fits)
        .map(|action| {
            let href = format!("/bank/{}/{}", demand.number, action.0);
            let kind =
                if *action == REFUSE_CREDIT || *action == RETURN_DILIGENCE { ButtonKind::Secondary } else { ButtonKind::Primary };
            view! { <LinkButton href=href text=action_name(lang, action.0) kind=kind/> }.into_any()
        })
        .collect();
    let buttons: Vec<AnyView> = WITH_BUTTON
        .iter()
        .filter(fits)
        .map(|action| {
            let hidden = hidden(demand, *action);
            let kind = if *action == WITHDRAW_OFFER { ButtonKind::Danger } else { ButtonKind::Primary };
            view! {
                <PostForm action=BankAct::PATH hidden=hidden><Button text=action_name(lang, action.0) kind=kind/></PostForm>
            }
            .into_any()
        })
        .collect();
    (!links.is_empty() || !buttons.is_empty()).then(|| {
        view! { <section class="stack"><h2>{t::bank_ways(lang)}</h2><div class="button-row">{buttons} {links}</div></section> }.into_any()
    })
}
