//! `/care`: the overview of a resident's or family member's care.

use crate::{
    care::paths::SOS,
    http::{context::Ctx, page::PageResult},
    ui::{Button, ButtonKind, Card, CardGrid, EmptyState, Icon, IconName, PageHeading, PostForm, Tag, Tone, when},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::intake::call_list::{CallLine, CaredPerson, calls, may_call_for};
use shared::{Lang, cases::state_name, texts::care_press as t};

/// The address of the page.
pub const PATH: &str = "/care";

/// `/care`
pub async fn page(ctx: Ctx) -> PageResult {
    let mine = calls(ctx.store(), &ctx.actor).await?;
    let cared = may_call_for(ctx.store(), &ctx.actor).await?;
    Ok(ctx.page(t::care_title(ctx.lang), move |ctx| view(ctx, &mine, &cared)))
}

/// A link card: address, title, text, icon.
type PageLink = (&'static str, fn(Lang) -> &'static str, fn(Lang) -> &'static str, IconName);

const PAGE_LINKS: &[PageLink] = &[
    ("/care/profile", t::profile_title, t::profile_text, IconName::HeartbeatSource),
    ("/care/contacts", t::contacts_title, t::contacts_text, IconName::Users),
    ("/care/devices", t::devices_title, t::devices_text, IconName::Phone),
];

fn view(ctx: &Ctx, mine: &[CallLine], cared: &[CaredPerson]) -> AnyView {
    let lang = ctx.lang;
    let links = PAGE_LINKS
        .iter()
        .map(|(href, title, text, icon)| view! { <Card title=title(lang) text=text(lang) href=*href icon=*icon third=true/> })
        .collect_view();
    view! {
        <PageHeading title=t::care_title(lang) lead=(!ctx.elder).then(|| t::care_lead(lang))/>
        {sos_link(lang)}
        <h2 class="hidden">{t::care(lang)}</h2>
        <CardGrid>{links}</CardGrid>
        <section class="stack"><h2>{t::calls(lang)}</h2>{my_calls(lang, mine)}</section>
        <section class="stack"><h2>{t::cared(lang)}</h2>{followed_people(lang, cared)}</section>
    }
    .into_any()
}

/// The large link to the emergency button.
#[must_use]
pub fn sos_link(lang: Lang) -> AnyView {
    view! { <a class="button sos-way" href=SOS><Icon icon=IconName::Alert/><span>{t::title(lang)}</span></a> }.into_any()
}

fn my_calls(lang: Lang, mine: &[CallLine]) -> AnyView {
    if mine.is_empty() {
        return view! { <EmptyState title=t::calls_none(lang) icon=IconName::Phone/> }.into_any();
    }
    let cards = mine.iter().map(|call| call_card(lang, call)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn call_card(lang: Lang, call: &CallLine) -> AnyView {
    let tone = if call.closed { Tone::Neutral } else { Tone::Warn };
    let state = state_name(lang, &call.state).to_owned();
    view! {
        <Card
            title=when::moment(call.opened_at.into(), lang)
            href=format!("/care/calls/{}", call.number)
            icon=IconName::Phone
            third=true
            text=t::number_line(lang, call.number.clone())
        >
            <Tag text=state tone=tone/>
        </Card>
    }
    .into_any()
}

fn followed_people(lang: Lang, cared: &[CaredPerson]) -> AnyView {
    if cared.is_empty() {
        return view! { <EmptyState title=t::cared_none(lang) icon=IconName::Users/> }.into_any();
    }
    let cards = cared.iter().map(|one| cared_card(lang, one)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn cared_card(lang: Lang, one: &CaredPerson) -> AnyView {
    let about = if one.contact.is_some() { t::cared_contact(lang) } else { t::cared_mandate(lang) };
    let now = match &one.call {
        Some(number) => {
            let href = format!("/care/calls/{number}");
            view! { <p><a href=href><strong>{t::cared_call(lang, one.name.clone())}</strong></a></p> }.into_any()
        }
        None => view! { <p class="hint">{t::cared_quiet(lang)}</p> }.into_any(),
    };
    let name = one.name.clone();
    let stop = one.contact.map(|contact| {
        view! {
            <PostForm action=crate::care::people::contacts::StopFollowing::PATH hidden=vec![("contact", contact.to_string())]>
                <Button text=t::cared_stop(lang) hidden=name kind=ButtonKind::Quiet/>
            </PostForm>
        }
    });
    view! { <Card title=one.name.clone() third=true text=about>{now} {stop}</Card> }.into_any()
}
