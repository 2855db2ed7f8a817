//! `/care/calls/{number}`: a call as seen by the person, their delegates and alerted contacts.

use super::call_status::draw_status;
use crate::{
    care::paths::CALLS,
    http::{
        act::Target,
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    islands::cases::live_region::live_region,
    ui::{
        BackLink, Button, ButtonKind, Details, FieldProps, OptionalText, PageHeading, PostForm, SummaryList, SummaryRow,
        TextArea, Timeline, TimelineEvent, Tone, when,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    care::intake::followed_call::{FollowedCall, Follower, TimelineEntry, call_page},
};
use shared::{
    Lang,
    care::{
        actions::Answer,
        geo::Fix,
        life::{FALSE_ALARM, RESOLVED},
        press::{Phase, words_for},
    },
    cases::action_name,
    texts::care_press as t,
};

/// Accepts the call as an alerted contact.
#[server(prefix = "/api", endpoint = "care/answer")]
pub async fn answer_call(number: String, key: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let done = ctx.act(Target { number: &number, version: None, key: &key }, &Answer {}).await?;
    ctx.finish(&format!("/care/calls/{}", done.number), "care_answered").await
}

/// The id of the live region.
const REGION: &str = "live";

/// `/care/calls/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    load(ctx, &number).await
}

async fn load(ctx: Ctx, number: &str) -> PageResult {
    let call = call_page(ctx.store(), &ctx.actor, number).await?;
    Ok(ctx.page(t::call_title(ctx.lang, number), move |ctx| view(ctx, &call)))
}

fn view(ctx: &Ctx, call: &FollowedCall) -> AnyView {
    let lang = ctx.lang;
    let number = call.status.number.clone();
    let title = if call.name.is_empty() { t::call_of_unknown(lang).to_owned() } else { t::call_for(lang, call.name.clone()) };
    let events = serde_urlencoded::to_string([("case", &number)]).unwrap_or_default();
    let open = call.status.phase != Phase::Ended;
    let acts = (open && call.follower == Follower::Own).then(|| resident_actions(lang, &number));
    view! {
        <BackLink href="/care" text=t::back_to_care(lang)/>
        <PageHeading title=title caption=t::number_line(lang, number)/>
        <div class="stack" id=REGION>{region(lang, call)}</div>
        {acts}
        {live_region(format!("/live?{events}"), REGION, t::news(lang))}
    }
    .into_any()
}

fn region(lang: Lang, call: &FollowedCall) -> AnyView {
    let rows = rows(lang, call);
    let events = call.timeline.iter().rev().map(|h| event(lang, h)).collect();
    view! {
        {draw_status(lang, &call.status)}
        {call.may_answer.then(|| accept_button(lang, &call.status.number))}
        {(!rows.is_empty()).then(|| view! { <SummaryList rows=rows/> })}
        <section class="stack"><h2>{t::call_timeline(lang)}</h2><Timeline events=events/></section>
    }
    .into_any()
}

/// Draws the button with which an alerted contact accepts the call.
fn accept_button(lang: Lang, number: &str) -> AnyView {
    let hidden = vec![("number", number.to_owned()), ("key", uuid::Uuid::new_v4().to_string())];
    view! {
        <PostForm action=AnswerCall::PATH hidden=hidden>
            <p>{t::call_answer_text(lang)}</p>
            <Button text=t::call_answer(lang)/>
        </PostForm>
    }
    .into_any()
}

fn place(lang: Lang, fix: &Fix) -> String {
    let (lat, lon) = (format!("{:.5}°", fix.lat), format!("{:.5}°", fix.lon));
    match fix.accuracy_m {
        Some(m) => t::call_place_accuracy(lang, t::LatLonM { lat, lon, m: format!("{m:.0}") }),
        None => t::call_place_line(lang, t::LatLon { lat, lon }),
    }
}

fn rows(lang: Lang, call: &FollowedCall) -> Vec<SummaryRow> {
    [
        (t::call_words(lang), call.words.as_ref().map(|words| words_for(words, lang))),
        (t::call_address(lang), call.address.clone()),
        (t::call_place(lang), call.place.map(|fix| place(lang, &fix))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(SummaryRow::new(name, value?)))
    .collect()
}

fn event(lang: Lang, happened: &TimelineEntry) -> TimelineEvent {
    let who = match (&happened.actor_name, happened.actor_kind.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "applicant" | "caller") => t::who_caller(lang).to_owned(),
        (None, "delegate") => t::who_family(lang).to_owned(),
        (None, "system") => t::who_system(lang).to_owned(),
        (None, _) => t::who_helper(lang).to_owned(),
    };
    let moved = happened.from_state != happened.to_state;
    let ended = [RESOLVED.0, FALSE_ALARM.0].contains(&happened.to_state.as_str());
    TimelineEvent {
        when: when::moment(happened.at.into(), lang),
        datetime: time::OffsetDateTime::from(happened.at)
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap_or_default(),
        who: who.into(),
        what: t::find(lang, &format!("did_{}", happened.action))
            .unwrap_or_else(|| action_name(lang, &happened.action))
            .to_owned(),
        note: OptionalText::default(),
        tone: match (moved, ended) {
            (true, true) => Tone::Good,
            (true, false) => Tone::Progress,
            (false, _) => Tone::Neutral,
        },
    }
}

/// The actions left to the person or their delegate.
fn resident_actions(lang: Lang, number: &str) -> AnyView {
    let hidden = vec![("number", number.to_owned()), ("return_to", format!("/care/calls/{number}"))];
    let again = hidden.clone();
    view! {
        <section class="stack">
            <PostForm action=format!("{CALLS}/cancel") hidden=hidden>
                <Button text=t::fine(lang) kind=ButtonKind::Secondary/>
            </PostForm>
            <Details summary=t::more_title(lang)>
                <PostForm action=format!("{CALLS}/more") hidden=again.clone()>
                    <TextArea field=FieldProps::new("words", t::more_words(lang)) rows=3/>
                    <Button text=t::more_send(lang) kind=ButtonKind::Secondary/>
                </PostForm>
            </Details>
        </section>
    }
    .into_any()
}
