//! `/care`: everything of care that is one's own.

use super::edge::SOS;
use crate::{
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{Button, ButtonKind, Card, CardGrid, EmptyState, Glyph, Icon, PageHeading, PostForm, Tag, Tone, when},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::intake::call_status::{CallLine, Cared, calls, may_call_for};
use shared::{Lang, cases::state_name, texts::care_press as t};

/// The page.
pub const PATH: &str = "/care";

/// `/care`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let mine = calls(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    let cared = may_call_for(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(visit.page(t::care_title(visit.lang), move |visit| view(visit, &mine, &cared)))
}

/// A way on: address, title, sentence, drawing.
type Way = (&'static str, fn(Lang) -> &'static str, fn(Lang) -> &'static str, Glyph);

const WAYS: &[Way] = &[
    ("/care/profile", t::profile_title, t::profile_text, Glyph::Heart),
    ("/care/contacts", t::contacts_title, t::contacts_text, Glyph::Users),
    ("/care/devices", t::devices_title, t::devices_text, Glyph::Phone),
];

fn view(visit: &Visit, mine: &[CallLine], cared: &[Cared]) -> AnyView {
    let lang = visit.lang;
    let ways = WAYS
        .iter()
        .map(|(href, title, text, glyph)| view! { <Card title=title(lang) text=text(lang) href=*href glyph=*glyph third=true/> })
        .collect_view();
    view! {
        <PageHeading title=t::care_title(lang) lead=(!visit.elder).then(|| t::care_lead(lang))/>
        {way_to_sos(lang)}
        <h2 class="hidden">{t::care(lang)}</h2>
        <CardGrid>{ways}</CardGrid>
        <section class="stack"><h2>{t::calls(lang)}</h2>{my_calls(lang, mine)}</section>
        <section class="stack"><h2>{t::cared(lang)}</h2>{whom_i_follow(lang, cared)}</section>
    }
    .into_any()
}

/// The way to the button, as large as what it is for.
#[must_use]
pub fn way_to_sos(lang: Lang) -> AnyView {
    view! { <a class="button sos-way" href=SOS><Icon glyph=Glyph::Alert/><span>{t::title(lang)}</span></a> }.into_any()
}

fn my_calls(lang: Lang, mine: &[CallLine]) -> AnyView {
    if mine.is_empty() {
        return view! { <EmptyState title=t::calls_none(lang) glyph=Glyph::Phone/> }.into_any();
    }
    let cards = mine.iter().map(|call| call_card(lang, call)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn call_card(lang: Lang, call: &CallLine) -> AnyView {
    let tone = if call.closed { Tone::Neutral } else { Tone::Warn };
    let state = state_name(lang, &call.state).to_owned();
    view! {
        <Card
            title=when::moment(call.opened_at, lang)
            href=format!("/care/calls/{}", call.number)
            glyph=Glyph::Phone
            third=true
            text=t::number_line(lang, call.number.clone())
        >
            <Tag text=state tone=tone/>
        </Card>
    }
    .into_any()
}

fn whom_i_follow(lang: Lang, cared: &[Cared]) -> AnyView {
    if cared.is_empty() {
        return view! { <EmptyState title=t::cared_none(lang) glyph=Glyph::Users/> }.into_any();
    }
    let cards = cared.iter().map(|one| cared_card(lang, one)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn cared_card(lang: Lang, one: &Cared) -> AnyView {
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
            <PostForm action=super::contacts::StopFollowing::PATH hidden=vec![("contact", contact.to_string())]>
                <Button text=t::cared_stop(lang) hidden=name kind=ButtonKind::Quiet/>
            </PostForm>
        }
    });
    view! { <Card title=one.name.clone() third=true text=about>{now} {stop}</Card> }.into_any()
}
