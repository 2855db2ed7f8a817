//! `/cases`: the account's cases (我的办件) and unsent drafts.

use super::status_view::state_tone;
use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{Card, CardGrid, EmptyState, IconName, LinkButton, PageHeading, Pager, Tag, Tone, when},
};
use leptos::prelude::*;
use shared::{
    Lang,
    cases::{CaseSummary, Page, state_name},
    flows,
    services::draft_view::DraftRow,
    texts::cases_pages as t,
};

/// `/cases`
pub async fn page(ctx: Ctx) -> PageResult {
    let after = ctx.query("after");
    let cases = server::cases::my_cases(ctx.store(), &ctx.actor, after.as_deref()).await?;
    let drafts = match after {
        None => server::services::draft::mine(ctx.store(), &ctx.actor).await?,
        Some(_) => Vec::new(),
    };
    Ok(ctx.page(t::mine_title(ctx.lang), move |ctx| view(ctx, &drafts, &cases)))
}

fn view(ctx: &Ctx, drafts: &[DraftRow], cases: &Page<CaseSummary>) -> AnyView {
    let lang = ctx.lang;
    let (closed, open): (Vec<_>, Vec<_>) = cases.rows.iter().partition(|c| c.closed);
    let later = ctx.query("after").is_some();
    let none = (drafts.is_empty() && cases.rows.is_empty()).then(|| {
        view! {
            <EmptyState title=t::none(lang) text=t::none_text(lang) icon=IconName::Document>
                <LinkButton href="/services" text=t::to_services(lang)/>
            </EmptyState>
        }
    });
    let back = later.then(|| ("/cases".to_owned(), t::newest(lang).to_owned()));
    let next = cases.next.as_ref().map(|after| (format!("/cases?after={after}"), t::older(lang).to_owned()));
    view! {
        <PageHeading title=t::mine_title(lang) lead=(!ctx.elder).then(|| t::mine_lead(lang))/>
        {none}
        {(!drafts.is_empty()).then(|| part(t::drafts(lang), drafts.iter().map(|d| draft_card(lang, d)).collect()))}
        {(!open.is_empty()).then(|| part(t::open_cases(lang), open.iter().map(|c| case_card(lang, c)).collect()))}
        {(!closed.is_empty()).then(|| part(t::closed_cases(lang), closed.iter().map(|c| case_card(lang, c)).collect()))}
        <Pager label=t::pager(lang) previous=back next=next/>
    }
    .into_any()
}

fn part(title: &'static str, cards: Vec<AnyView>) -> AnyView {
    view! { <section class="stack"><h2>{title}</h2><CardGrid>{cards}</CardGrid></section> }.into_any()
}

/// A draft with a link to continue.
#[must_use]
pub fn draft_card(lang: Lang, draft: &DraftRow) -> AnyView {
    let saved = t::draft_saved(lang, when::stamp(draft.changed_at, lang));
    view! {
        <Card title=draft.name.text(lang) href=format!("/drafts/{}", draft.id) icon=IconName::Edit third=true text=saved>
            <Tag text=t::draft_go_on(lang) tone=Tone::Progress/>
        </Card>
    }
    .into_any()
}

/// Draws a case with its status.
#[must_use]
pub fn case_card(lang: Lang, case: &CaseSummary) -> AnyView {
    let opened = t::opened_on(lang, when::stamp_day(case.opened_at, lang));
    let due = case.due_on.filter(|_| !case.closed).map(|d| t::due_on(lang, when::day(d, lang)));
    let facts =
        [Some(t::number_line(lang, &case.number)), Some(opened), due].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let title = lang.pick(&case.title_zh, &case.title_en).clone();
    let state = view! { <Tag text=state_name(lang, &case.state) tone=state_tone(&case.kind, &case.state)/> };
    let waits = case.waits_for_you.then(|| view! { <Tag text=t::waits_for_you(lang) tone=Tone::Warn/> });
    view! {
        <Card title=title href=flows::page_path(&case.kind, &case.number) icon=IconName::Document third=true text=facts>
            <div class="row">{state} {waits}</div>
        </Card>
    }
    .into_any()
}
