//! The home page: the account, pending tasks, the pillars and search.

use crate::{
    care::people::home as care,
    cases::mine::case_card,
    http::{context::Ctx, page::PageResult},
    services::catalogue::{self, item_card},
    ui::{ButtonKind, Card, CardGrid, IconName, LinkButton, PageHeading, SearchBox},
};
use leptos::prelude::*;
use server::account::mandates::{MandateState, MandateView, list as mandates};
use shared::{
    Lang,
    account::Permission,
    cases::CaseSummary,
    services::{
        draft_view::DraftRow,
        item::Audience,
        item_summary::{ItemCard, ItemFilter},
    },
    texts::{self, home as t, services_pages as s},
};

/// The largest number of cases, drafts and services shown here.
const MAX_ROWS: usize = 4;

/// `/`
pub async fn home(ctx: Ctx) -> PageResult {
    load(ctx).await
}

/// The loaded data of the page.
#[derive(Default)]
struct Loaded {
    drafts: Vec<DraftRow>,
    cases: Vec<CaseSummary>,
    mandates: Vec<MandateView>,
    items: Vec<ItemCard>,
}

async fn load(ctx: Ctx) -> PageResult {
    let loaded = async {
        let (store, actor) = (ctx.store(), &ctx.actor);
        let mut loaded = Loaded::default();
        if actor.subject().is_ok() {
            loaded.drafts = server::services::draft::mine(store, actor).await?;
            loaded.cases = server::cases::my_cases(store, actor, None).await?.rows;
            loaded.mandates = mandates(&ctx.app.state, actor).await?.i_act_for;
        }
        // Only non-staff see services.
        if !actor.may(Permission::WorkOnCases) && !actor.may(Permission::AnswerCalls) {
            let filter = ItemFilter { audience: Some(Audience::Person), ..ItemFilter::default() };
            loaded.items = server::services::catalogue::list(store, &filter).await?.items;
        }
        Ok::<_, server::Error>(loaded)
    };
    let loaded = loaded.await?;
    Ok(ctx.page(t::title(ctx.lang), move |ctx| view(ctx, &loaded)))
}

/// A pillar of the site.
struct Pillar {
    href: &'static str,
    title: fn(Lang) -> &'static str,
    text: fn(Lang) -> &'static str,
    icon: IconName,
}

const PILLARS: &[Pillar] = &[
    Pillar { href: catalogue::PATH, title: t::services_title, text: t::services_text, icon: IconName::Services },
    Pillar { href: "/finance", title: t::finance_title, text: t::finance_text, icon: IconName::Coin },
    Pillar {
        href: care::PATH,
        title: texts::care_press::care,
        text: texts::care_press::care_text,
        icon: IconName::HeartbeatSource,
    },
];

fn view(ctx: &Ctx, loaded: &Loaded) -> AnyView {
    let lang = ctx.lang;
    let greeting = ctx.presence.as_ref().map_or_else(|| t::welcome(lang).to_owned(), |who| t::hello(lang, &who.name));
    view! {
        <PageHeading title=greeting lead=(!ctx.elder).then(|| t::lead(lang))/>
        {ctx.actor.memberships.is_empty().then(|| care::sos_link(lang))}
        {ctx.presence.is_some().then(|| waiting(ctx, loaded))}
        <SearchBox action=catalogue::PATH label=s::search_label(lang) submit=s::search(lang)/>
        {pillars(ctx)}
        {open_cases(lang, &loaded.cases)}
        {(!ctx.elder && !loaded.items.is_empty()).then(|| items(lang, &loaded.items))}
    }
    .into_any()
}

/// Cards of pending tasks, most urgent first.
fn waiting(ctx: &Ctx, loaded: &Loaded) -> AnyView {
    let lang = ctx.lang;
    let card = |href: String, title: String, icon| view! { <Card title=title href=href icon=icon third=true/> }.into_any();
    let identity = ctx.actor.subject().is_err() && ctx.actor.memberships.is_empty();
    let mut cards: Vec<AnyView> = Vec::new();
    if identity {
        let text = t::identity_text(lang);
        let title = t::identity(lang);
        cards.push(view! { <Card title=title text=text href="/me/identity" icon=IconName::Shield third=true/> }.into_any());
    }
    let asked = loaded.cases.iter().filter(|c| c.waits_for_you);
    cards.extend(asked.map(|c| {
        let title = t::correction(lang, lang.pick(&c.title_zh, &c.title_en));
        card(format!("/cases/{}", c.number), title, IconName::Alert)
    }));
    let pending = loaded.mandates.iter().filter(|m| m.state == MandateState::Pending);
    cards.extend(pending.map(|m| card(format!("/me/family/{}", m.id), t::mandate(lang, &m.name), IconName::Users)));
    let drafts = loaded.drafts.iter().take(MAX_ROWS);
    cards.extend(drafts.map(|d| card(format!("/drafts/{}", d.id), t::draft(lang, d.name.text(lang)), IconName::Edit)));
    let unread = ctx.presence.as_ref().map_or(0, |p| p.unread);
    if unread > 0 {
        cards.push(card("/inbox".to_owned(), t::unread(lang, unread), IconName::Inbox));
    }
    let none = cards.is_empty().then(|| view! { <p class="hint">{t::waits_none(lang)}</p> });
    view! { <section class="stack"><h2>{t::waits(lang)}</h2>{none}<CardGrid>{cards}</CardGrid></section> }.into_any()
}

/// Draws the pillars; for staff their desk, for visitors the sign-in.
fn pillars(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let desk = ctx.actor.may(Permission::WorkOnCases).then(|| {
        view! { <Card title=t::desk(lang) text=t::desk_text(lang) href="/desk" icon=IconName::Queue strong=true third=true/> }
    });
    let dispatch = ctx.actor.may(Permission::AnswerCalls).then(|| {
        view! {
            <Card title=t::dispatch(lang) text=t::dispatch_text(lang) href="/dispatch" icon=IconName::Phone strong=true third=true/>
        }
    });
    let entry = ctx.presence.is_none().then(|| {
        view! {
            <div class="button-row">
                <LinkButton href="/sign-in" text=t::sign_in(lang)/>
                <LinkButton href="/sign-up" text=t::sign_up(lang) kind=ButtonKind::Secondary/>
            </div>
        }
    });
    let pillar = |p: &Pillar| {
        view! { <Card title=(p.title)(lang) text=(p.text)(lang) href=p.href icon=p.icon strong=true third=true/> }
    };
    let pillars: Vec<_> = PILLARS.iter().map(pillar).collect();
    view! {
        {entry}
        <section class="stack">
            <h2>{t::pillars(lang)}</h2>
            <CardGrid>{desk} {dispatch} {pillars}</CardGrid>
        </section>
    }
    .into_any()
}

fn open_cases(lang: Lang, cases: &[CaseSummary]) -> AnyView {
    let open: Vec<AnyView> = cases.iter().filter(|c| !c.closed).take(MAX_ROWS).map(|c| case_card(lang, c)).collect();
    let all = (!cases.is_empty()).then(|| view! { <p><a href="/cases">{t::all_cases(lang)}</a></p> });
    (!open.is_empty() || all.is_some())
        .then(|| view! { <section class="stack"><h2>{t::under_way(lang)}</h2><CardGrid>{open}</CardGrid>{all}</section> })
        .into_any()
}

fn items(lang: Lang, items: &[ItemCard]) -> AnyView {
    let cards: Vec<AnyView> = items.iter().take(MAX_ROWS).map(|card| item_card(card, lang, true)).collect();
    view! {
        <section class="stack">
            <h2>{t::most_used(lang)}</h2>
            <CardGrid>{cards}</CardGrid>
            <p><a href=catalogue::PATH>{t::all_services(lang)}</a></p>
        </section>
    }
    .into_any()
}
