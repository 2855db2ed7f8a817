//! The form of an action that needs more than a button: how it ended, to whom it goes, who is sent.

use super::{
    board_rows::tag,
    call::{doable, hidden, who},
    call_status::{kind, stage},
    ticks,
};
use crate::{
    care::{act::ActOnCall, suggestions},
    cases::act::posted,
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{
        Ask, BackLink, Button, ButtonKind, ButtonRow, Choice, LinkButton, Notice, PageHeading, PostForm, RadioField, SelectField,
        TextArea, Tone, field_id,
    },
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::dispatch::suggest::Suggestions;
use shared::{
    Problem,
    care::call::{CallPage, Colleague, OfferLine, OtherCall},
    cases::{AllowedAction, Demand, action_name},
    texts::dispatch as t,
};
use uuid::Uuid;

/// What the page shows.
struct Wish {
    call: CallPage,
    action: AllowedAction,
    colleagues: Vec<Colleague>,
    others: Vec<OtherCall>,
    found: Option<Suggestions>,
}

/// `/dispatch/{number}/{action}`
pub async fn page(visit: Visit, Path((number, action)): Path<(String, String)>) -> Response {
    answer(load(visit, number, action).await)
}

async fn load(visit: Visit, number: String, action: String) -> PageResult {
    let (store, actor) = (visit.store(), &visit.actor);
    let call = server::care::dispatch::call::call(store, actor, &number).await.map_err(|e| visit.problem(e))?;
    let allowed = doable(&call);
    let Some(action) = allowed.iter().find(|a| a.action == action && !a.demands.is_empty()).cloned() else {
        let allowed = allowed.into_iter().map(|a| a.action).collect();
        return Err(Problem::Conflict { number, state: call.case.state, version: call.case.version, allowed });
    };
    let mut wish = Wish { call, action, colleagues: Vec::new(), others: Vec::new(), found: None };
    if wish.action.demands.contains(&Demand::Colleague) {
        wish.colleagues = server::care::dispatch::call::colleagues(store, actor, &number).await.map_err(|e| visit.problem(e))?;
    }
    if wish.action.demands.contains(&Demand::OtherCase) {
        wish.others = server::care::dispatch::call::others(store, actor, &number).await.map_err(|e| visit.problem(e))?;
    }
    if wish.action.demands.contains(&Demand::Responders) {
        let found = server::care::dispatch::call::suggestions(store, actor, &number, suggestions::wish(&visit)).await;
        wish.found = Some(found.map_err(|e| visit.problem(e))?);
    }
    let title = format!("{} · {number}", action_name(visit.lang, &wish.action.action));
    Ok(visit.desk_page(title, move |visit| view(visit, &wish)))
}

fn view(visit: &Visit, wish: &Wish) -> AnyView {
    let lang = visit.lang;
    let Wish { call, action, .. } = wish;
    let back = format!("/dispatch/{}", call.case.number);
    let text = action_name(lang, &action.action).to_owned();
    let caption = format!("{} · {}", call.case.number, who(call, lang));
    let demands = action.demands.iter().map(|demand| field(visit, wish, *demand)).collect_view();
    let (state, kind) = (tag(&call.case.state, lang), kind(&action.action));
    let hidden = hidden(&call.case, action, Uuid::new_v4().to_string());
    let asks_anew =
        wish.found.as_ref().map(|found| suggestions::suggestions_filter(lang, &format!("{back}/{}", action.action), &found.wish));
    view! {
        <BackLink href=back.clone() text=t::back_to_call(lang)/>
        <PageHeading title=text.clone() caption=caption>{state}</PageHeading>
        {asks_anew}
        <PostForm action=ActOnCall::PATH hidden=hidden>
            {demands}
            <ButtonRow>
                <Button text=text.clone() kind=kind/>
                <LinkButton href=back text=t::cancel(lang) kind=ButtonKind::Quiet/>
            </ButtonRow>
        </PostForm>
    }
    .into_any()
}

fn ask(visit: &Visit, field: &str, label: &str) -> Ask {
    visit.ask(&posted(field), label)
}

fn typed(visit: &Visit, field: &str) -> Option<String> {
    visit.flash.value(&posted(field))
}

fn field(visit: &Visit, wish: &Wish, demand: Demand) -> AnyView {
    let lang = visit.lang;
    match demand {
        Demand::Sentence => {
            let ask = ask(visit, "sentence", t::sentence_label(lang)).hint(t::sentence_hint(lang)).required();
            view! { <TextArea ask=ask maxlength=1000 value=typed(visit, "sentence")/> }.into_any()
        }
        Demand::Note => {
            let ask = ask(visit, "note", t::note_field(lang)).hint(t::note_hint(lang));
            view! { <TextArea ask=ask rows=3 maxlength=1000 value=typed(visit, "note")/> }.into_any()
        }
        Demand::Reached => {
            let choices = vec![Choice::new("yes", t::reached_yes(lang)), Choice::new("no", t::reached_no(lang))];
            let ask = ask(visit, "reached", t::reached_label(lang)).required();
            view! { <RadioField ask=ask choices=choices value=typed(visit, "reached")/> }.into_any()
        }
        Demand::Colleague => {
            let choices = wish.colleagues.iter().map(|c| colleague(visit, c)).collect();
            let ask = ask(visit, "colleague", t::colleague_label(lang)).hint(t::colleague_hint(lang)).required();
            view! { <SelectField ask=ask choices=choices value=typed(visit, "colleague") empty=t::choose(lang)/> }.into_any()
        }
        Demand::OtherCase if wish.others.is_empty() => {
            view! { <Notice tone=Tone::Warn><p>{t::other_none(lang)}</p></Notice> }.into_any()
        }
        Demand::OtherCase => {
            let choices = wish.others.iter().map(|o| other(visit, o, wish.call.now)).collect();
            let ask = ask(visit, "other", t::other_label(lang)).hint(t::other_hint(lang)).required();
            view! { <RadioField ask=ask choices=choices value=typed(visit, "other")/> }.into_any()
        }
        Demand::Going => going(visit, &wish.call),
        Demand::PolicyStep => {
            let steps = (1..=wish.call.steps).map(|n| Choice::new(n.to_string(), t::step_line(lang, n))).collect();
            let ask = ask(visit, "step", t::step_label(lang));
            view! { <SelectField ask=ask choices=steps value=typed(visit, "step") empty=t::step_next(lang)/> }.into_any()
        }
        Demand::Responders => responders(visit, wish),
        // Of applications and financing: no call has them.
        Demand::RefusalCode
        | Demand::CorrectionFields
        | Demand::CorrectedAnswers
        | Demand::Score
        | Demand::Consent
        | Demand::Terms
        | Demand::Offer => ().into_any(),
    }
}

/// Whom to let go, of those who were asked or go.
fn going(visit: &Visit, call: &CallPage) -> AnyView {
    let lang = visit.lang;
    let line = |o: &OfferLine| {
        Choice::new(o.id.to_string(), t::offer_line(lang, t::NameStage { name: &o.name, stage: stage(o, lang).0 }))
    };
    let choices = call.offers.iter().filter(|o| o.stands()).map(line).collect();
    let ask = ask(visit, "offer", t::going_label(lang)).hint(t::going_hint(lang)).required();
    view! { <RadioField ask=ask choices=choices value=typed(visit, "offer")/> }.into_any()
}

/// Whom to send: the list with its boxes, and what is wrong with what was ticked.
fn responders(visit: &Visit, wish: &Wish) -> AnyView {
    let name = posted("responders");
    let error = visit.error(&name, t::suggest_title(visit.lang)).map(|text| view! { <p class="error">{text}</p> });
    let list = wish.found.as_ref().map(|found| suggestions::suggestions(visit.lang, found));
    view! { <div class="stack" id=field_id(&name) tabindex="-1">{error} {list}</div> }.into_any()
}

fn colleague(visit: &Visit, one: &Colleague) -> Choice {
    let lang = visit.lang;
    if Some(one.account) == visit.actor.account {
        return Choice::new(one.account.to_string(), t::colleague_me(lang));
    }
    let duty = if one.on_duty { t::duty_on(lang) } else { t::duty_off(lang) };
    let centre = lang.pick(&one.centre_zh, &one.centre_en);
    Choice::new(one.account.to_string(), t::colleague_line(lang, t::CentreDutyName { centre, duty, name: &one.name }))
}

fn other(visit: &Visit, one: &OtherCall, now: jiff::Timestamp) -> Choice {
    let lang = visit.lang;
    let who = one.name.clone().unwrap_or_else(|| t::unknown_caller(lang).to_owned());
    let choice = Choice::new(
        one.number.clone(),
        t::other_line(lang, t::AtNumberWho { at: ticks::clock(one.raised_at, now), number: &one.number, who }),
    );
    if one.alike { choice.hint(t::other_alike(lang)) } else { choice }
}
