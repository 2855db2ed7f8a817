//! `/finance/demands/{number}`: a demand for its firm, with offers side by side, consents, access log and timeline.

use super::{
    consent::WithdrawConsent,
    demand_offers::offers,
    firm::act_button,
    offer::WithdrawDemand,
    terms::{self, code_text},
};
use crate::{
    cases::status_view,
    http::{
        act::{Target, new_key},
        context::Ctx,
        page::PageResult,
    },
    ui::{
        BackLink, Button, ButtonKind, Card, CardGrid, Column, DataTable, Details, IconName, LinkButton, Notice, OptionalText,
        PageHeading, Pager, PostForm, Row, SummaryList, Tag, Tone, when,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    finance::{
        codes::DataCategory,
        life::{DEMAND, DISBURSED, GIVE_CONSENT, WITHDRAW, WITHDRAW_CONSENT},
        view::{BankConsent, CreditDecision, DemandView},
    },
    texts::finance as t,
};

/// `/finance/demands/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    load(ctx, &number).await
}

async fn load(ctx: Ctx, number: &str) -> PageResult {
    let before = ctx.query("reads");
    let demand = server::finance::demand::page_with_reads(ctx.store(), &ctx.actor, number, before.as_deref()).await?;
    Ok(ctx.page(t::demand_title(ctx.lang), move |ctx| view(ctx, &demand)))
}

fn view(ctx: &Ctx, demand: &DemandView) -> AnyView {
    let lang = ctx.lang;
    let acting = ctx.actor.enterprise == Some(demand.enterprise.id);
    let path = format!("/finance/demands/{}", demand.number);
    let act = (!acting).then(|| {
        let button = act_button(ctx, &demand.enterprise, &path);
        let words = t::act_first(lang, &demand.enterprise.name);
        view! { <Notice tone=Tone::Warn><p>{words}</p>{button}</Notice> }
    });
    let caption = format!("{} · {}", demand.enterprise.name, demand.number);
    let (now, story, state) =
        (code_text(lang, "now", &demand.state), demand.story.clone(), terms::state_tag(lang, &demand.state));
    let clocks = (!demand.clocks.is_empty()).then(|| status_view::clocks(lang, &demand.clocks));
    view! {
        <BackLink href="/finance" text=t::title(lang)/>
        <PageHeading title=t::demand_title(lang) caption=caption>{state}</PageHeading>
        {act}
        <Notice tone=status_view::state_tone(DEMAND.kind, &demand.state)><p>{now}</p></Notice>
        {demand.decision.as_ref().filter(|d| !d.approved).map(|d| refusal(lang, d))}
        {paid_out(lang, demand)}
        {offers(ctx, demand)}
        <section class="stack">
            <h2>{t::what_is_asked(lang)}</h2>
            <SummaryList rows=terms::demand_terms(lang, &demand.request, demand.today)/>
            <Details summary=t::story(lang)><p>{story}</p></Details>
        </section>
        {consents(ctx, demand, acting)}
        {access_log(ctx, demand)}
        {clocks}
        {status_view::case_timeline(lang, DEMAND.kind, t::bank(lang), &demand.timeline)}
        {(acting && demand.may(WITHDRAW)).then(|| withdraw(lang, demand))}
    }
    .into_any()
}

fn refusal(lang: Lang, decision: &CreditDecision) -> AnyView {
    let changes = t::would_change(lang, code_text(lang, "would_change", &decision.code));
    let sentence = decision.sentence.clone();
    view! {
        <Notice tone=Tone::Bad title=code_text(lang, "refusal", &decision.code)>
            <p>{sentence}</p>
            <p class="hint">{changes}</p>
        </Notice>
    }
    .into_any()
}

/// The repayment schedule after disbursement.
fn paid_out(lang: Lang, demand: &DemandView) -> Option<AnyView> {
    let schedule = demand.schedule().filter(|_| demand.state == DISBURSED.0)?;
    let day = demand.disbursed_on.map(|day| when::day(day, lang)).unwrap_or_default();
    Some(
        view! {
            <section class="stack">
                <h2>{t::schedule(lang)}</h2>
                <p>{t::paid_out_on(lang, day)}</p>
                {terms::schedule(lang, schedule)}
            </section>
        }
        .into_any(),
    )
}

fn consents(ctx: &Ctx, demand: &DemandView, acting: bool) -> AnyView {
    let lang = ctx.lang;
    let open = demand.may(GIVE_CONSENT);
    let shown = demand.banks.iter().filter(|bank| open || !bank.given.is_empty());
    let cards = shown.map(|bank| consent_card(lang, demand, bank, acting)).collect_view();
    view! {
        <section class="stack" id="consents">
            <h2>{t::consents(lang)}</h2>
            <p class="hint">{t::consents_hint(lang)}</p>
            <CardGrid>{cards}</CardGrid>
        </section>
    }
    .into_any()
}

fn consent_card(lang: Lang, demand: &DemandView, bank: &BankConsent, acting: bool) -> AnyView {
    let name = bank.bank.text(lang).to_owned();
    let given = bank
        .given
        .iter()
        .map(|(category, until)| {
            let text = t::consent_until(
                lang,
                t::DayWhat { day: when::day(*until, lang), what: code_text(lang, "category", category.code()) },
            );
            view! { <Tag text=text tone=Tone::Good/> }
        })
        .collect_view();
    let none = bank.given.is_empty().then(|| view! { <p class="hint">{t::consent_none(lang)}</p> });
    let more = acting && demand.may(GIVE_CONSENT) && bank.given.len() < DataCategory::ALL.len();
    let give = more.then(|| {
        let href = format!("/finance/demands/{}/consent?bank={}", demand.number, bank.id);
        view! { <LinkButton href=href text=t::consent_give(lang) hidden=name.clone() kind=ButtonKind::Secondary/> }
    });
    let end = (acting && demand.may(WITHDRAW_CONSENT) && !bank.given.is_empty()).then(|| {
        let mut hidden = Target { number: &demand.number, version: None, key: &new_key() }.inputs(None);
        hidden.push(("bank", bank.id.to_string()));
        let name = name.clone();
        view! {
            <PostForm action=WithdrawConsent::PATH hidden=hidden>
                <Button text=t::consent_end(lang) hidden=name kind=ButtonKind::Secondary/>
            </PostForm>
        }
    });
    view! {
        <Card title=name.clone() icon=IconName::Building third=true>
            {none}
            <div class="row">{given}</div>
            <div class="button-row">{give} {end}</div>
        </Card>
    }
    .into_any()
}

fn access_log(ctx: &Ctx, demand: &DemandView) -> AnyView {
    let lang = ctx.lang;
    let heads = [t::read_when, t::bank, t::read_who, t::read_what, t::read_purpose];
    let mut columns = heads.map(|text| Column::new(text(lang))).to_vec();
    columns.push(Column::new(t::read_times(lang)).number());
    let rows = demand
        .reads
        .iter()
        .map(|read| {
            let cells = vec![
                when::stamp(read.at, lang).into_any(),
                read.bank.text(lang).to_owned().into_any(),
                read.who.clone().into_any(),
                code_text(lang, "category", read.category.code()).into_any(),
                code_text(lang, "use", read.purpose.code()).into_any(),
                read.times.to_string().into_any(),
            ];
            Row::new(OptionalText::default(), cells)
        })
        .collect();
    let path = format!("/finance/demands/{}", demand.number);
    let back = ctx.query("reads").map(|_| (format!("{path}#reads"), t::newest(lang).to_owned()));
    let next = demand.earlier.as_ref().map(|before| (format!("{path}?reads={before}#reads"), t::older(lang).to_owned()));
    view! {
        <section class="stack" id="reads">
            <h2>{t::reads(lang)}</h2>
            <p class="hint">{t::reads_hint(lang)}</p>
            <DataTable
                caption=t::reads(lang)
                quiet_caption=true
                columns=columns
                rows=rows
                empty=move || view! { <p class="hint">{t::reads_none(lang)}</p> }
            />
            <Pager label=t::reads(lang) previous=back next=next/>
        </section>
    }
    .into_any()
}

fn withdraw(lang: Lang, demand: &DemandView) -> AnyView {
    let hidden = Target { number: &demand.number, version: None, key: &new_key() }.inputs(None);
    view! {
        <Details summary=t::withdraw_title(lang)>
            <p>{t::withdraw_words(lang)}</p>
            <PostForm action=WithdrawDemand::PATH hidden=hidden>
                <Button text=t::withdraw_title(lang) kind=ButtonKind::Danger/>
            </PostForm>
        </Details>
    }
    .into_any()
}
