//! One call (呼救详情): the person, the status, the possible actions and the timeline.

use super::{
    act::ActOnCall,
    board,
    board_rows::tag,
    call_card, call_done, call_status, keys, presence,
    suggestions::{ranking_request, suggestions},
    timeline,
};
use crate::{
    care::paths::BOARD,
    http::{
        act::{Target, new_key, posted},
        context::Ctx,
        page::PageResult,
    },
    islands::cases::live_region::live_region,
    ui::{BackLink, Button, ButtonKind, ButtonRow, IconName, PageHeading, PostForm, TextArea},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::dispatch::suggest::Suggestions;
use shared::{
    Lang,
    account::Permission::AnswerCalls,
    care::{
        board::Elsewhere,
        call::{CallPage, OfferLine},
        life,
    },
    cases::{AllowedAction, action_name, actions::Note},
    field,
    texts::dispatch as t,
};
use std::collections::BTreeSet;

/// The ids of the live regions. They contain no inputs, so a refresh loses no typed text.
const REGIONS: &str = "call-rings call-state call-card call-send call-done";

/// `/dispatch/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    let call = server::care::dispatch::call::call(ctx.store(), &ctx.actor, &number).await?;
    let sends = call.case.may(life::DISPATCH).is_some();
    let found = if sends {
        let found =
            server::care::dispatch::candidates::suggestions(ctx.store(), &ctx.actor, &number, ranking_request(&ctx)).await;
        Some(found?)
    } else {
        None
    };
    let elsewhere = server::care::dispatch::board::ringing_elsewhere(ctx.store(), &ctx.actor, &number).await;
    let elsewhere = elsewhere?;
    let on_duty = call.on_duty;
    // Without the person's name, because browsers store titles.
    let title = format!("{} · {number}", call.case.title(ctx.lang));
    let page = ctx.desk_page(title, move |ctx| view(ctx, &call, found.as_ref(), &elsewhere));
    Ok(if on_duty { page.asks_for_presence() } else { page })
}

/// The person in need, or a placeholder for an unknown or erased name.
pub(super) fn caller_name(call: &CallPage, lang: Lang) -> String {
    match &call.name {
        Some(name) => name.clone(),
        None if call.erased => t::erased(lang).to_owned(),
        None => t::unknown_caller(lang).to_owned(),
    }
}

/// The actions of this dispatcher, each once: an action of two parties is one button. Releasing responders needs an open
/// offer.
pub(super) fn available_actions(call: &CallPage) -> Vec<AllowedAction> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    if !call.offers.iter().any(OfferLine::is_open) {
        seen.insert(life::STAND_DOWN.0.to_owned());
    }
    call.case.allowed.iter().filter(|a| keys::key_of(&a.action).is_some() && seen.insert(a.action.clone())).cloned().collect()
}

fn view(ctx: &Ctx, call: &CallPage, found: Option<&Suggestions>, elsewhere: &Elsewhere) -> AnyView {
    let lang = ctx.lang;
    let allowed = available_actions(call);
    let age = call.age.map(|n| t::age_years(lang, n));
    // Other ringing calls are also shown here, with the sound.
    let watch = board::watch(call.now, true, lang);
    let queues = board::queues(ctx.actor.organisations_where(AnswerCalls));
    let events = format!("/live?case={}&{queues}", call.case.number);
    view! {
        <BackLink href=BOARD text=t::back_to_board(lang)/>
        <PageHeading title=caller_name(call, lang) caption=call.case.number.clone() lead=age>{watch}</PageHeading>
        <div id="call-rings">{board::ringing_elsewhere(elsewhere, lang)}</div>
        <div class="call-split">
            <div class="stack call-state" id="call-state">
                <p class="row">{tag(&call.case.state, lang)}</p>
                {call_status::view(ctx, call, &allowed)}
            </div>
            <div class="stack call-card" id="call-card">{call_card::view(ctx, call)}</div>
            <div class="stack call-send" id="call-send" tabindex="-1">{found.map(|found| send_form(ctx, call, found))}</div>
            <div class="call-note">{note_form(ctx, call)}</div>
            <div class="stack call-done" id="call-done">
                {call_done::view(call, lang)}
                <section class="stack" aria-labelledby="timeline">
                    <h2 id="timeline">{t::timeline(lang)}</h2>
                    {timeline::view(&call.case.timeline, call.now, lang)}
                </section>
            </div>
        </div>
        {keys::of_call(&allowed, lang)}
        {presence::view(call.on_duty, lang)}
        {live_region(events, REGIONS, t::call_changed_here(lang))}
    }
    .into_any()
}

/// The form that asks responders. Its key stays the same while the call is unchanged.
fn send_form(ctx: &Ctx, call: &CallPage, found: &Suggestions) -> Option<AnyView> {
    let lang = ctx.lang;
    let action = call.case.may(life::DISPATCH)?;
    let text = action_name(lang, &action.action).to_owned();
    let key = call_status::stable_key(&call.case, action);
    let hidden = Target::shown(&call.case, action, &key).inputs(Some(&action.action));
    let more = format!("/dispatch/{}/{}", call.case.number, action.action);
    let list = suggestions(lang, found);
    let some = !found.ranking.picks.is_empty();
    Some(
        view! {
            <h2 id="send">{t::suggest_title(lang)}</h2>
            <PostForm action=ActOnCall::PATH hidden=hidden label=text.clone()>
                {list}
                <ButtonRow>
                    {some.then(|| view! { <Button text=text.clone() shortcut=keys::key_of(life::DISPATCH.0)/> })}
                    <a href=more>{t::suggest_other(lang)}</a>
                </ButtonRow>
            </PostForm>
        }
        .into_any(),
    )
}

fn note_form(ctx: &Ctx, call: &CallPage) -> Option<AnyView> {
    let lang = ctx.lang;
    let action = call.case.may(life::NOTE)?;
    let field = posted(field!(Note, note));
    let props = ctx.field(&field, t::note_label(lang));
    let typed = ctx.flash.value(&field);
    let hidden = Target::shown(&call.case, action, &new_key()).inputs(Some(&action.action));
    Some(
        view! {
            <PostForm action=ActOnCall::PATH hidden=hidden label=t::note_title(lang)>
                <TextArea field=props rows=2 maxlength=1000 value=typed shortcut=keys::key_of(life::NOTE.0)/>
                <div><Button text=t::note_add(lang) kind=ButtonKind::Secondary icon=IconName::Edit/></div>
            </PostForm>
        }
        .into_any(),
    )
}
