//! Forms of call actions that need input: outcome, colleague, responders, other call.

use super::{
    act::ActOnCall,
    board_rows::tag,
    call::{doable, who},
    call_status::{hidden, kind, stage},
    suggestions, ticks,
};
use crate::{
    http::act::posted,
    http::{context::Ctx, page::PageResult},
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Choice, FieldProps, LinkButton, Notice, PageHeading, PostForm, RadioField,
        SelectField, TextArea, Tone, field_id,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::dispatch::suggest::Suggestions;
use shared::{
    Problem,
    care::call::{CallPage, Colleague, OfferLine, OtherCall},
    cases::{AllowedAction, Demand, action_name},
    texts::dispatch as t,
};
use shared::{
    care::actions::{CallBack, Dispatch, EscalateNow, Merge, Resolve, StandDown},
    cases::actions::HandOver,
    field,
};
use uuid::Uuid;

/// What the page shows.
struct ActionForm {
    call: CallPage,
    action: AllowedAction,
    colleagues: Vec<Colleague>,
    others: Vec<OtherCall>,
    found: Option<Suggestions>,
}

/// `/dispatch/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    let (store, actor) = (ctx.store(), &ctx.actor);
    let call = server::care::dispatch::call::call(store, actor, &number).await.map_err(|e| ctx.problem(e))?;
    let allowed = doable(&call);
    let Some(action) = allowed.iter().find(|a| a.action == action && !a.demands.is_empty()).cloned() else {
        let allowed = allowed.into_iter().map(|a| a.action).collect();
        return Err(Problem::Conflict { number, state: call.case.state, version: call.case.version, allowed }.into());
    };
    let mut form = ActionForm { call, action, colleagues: Vec::new(), others: Vec::new(), found: None };
    if form.action.demands.contains(&Demand::Colleague) {
        form.colleagues =
            server::care::dispatch::candidates::colleagues(store, actor, &number).await.map_err(|e| ctx.problem(e))?;
    }
    if form.action.demands.contains(&Demand::OtherCase) {
        form.others =
            server::care::dispatch::candidates::merge_candidates(store, actor, &number).await.map_err(|e| ctx.problem(e))?;
    }
    if form.action.demands.contains(&Demand::Responders) {
        let found =
            server::care::dispatch::candidates::suggestions(store, actor, &number, suggestions::ranking_request(&ctx)).await;
        form.found = Some(found.map_err(|e| ctx.problem(e))?);
    }
    let title = format!("{} · {number}", action_name(ctx.lang, &form.action.action));
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &form)))
}

fn view(ctx: &Ctx, form: &ActionForm) -> AnyView {
    let lang = ctx.lang;
    let ActionForm { call, action, .. } = form;
    let back = format!("/dispatch/{}", call.case.number);
    let text = action_name(lang, &action.action).to_owned();
    let caption = format!("{} · {}", call.case.number, who(call, lang));
    let demands = action.demands.iter().map(|demand| field(ctx, form, *demand)).collect_view();
    let (state, kind) = (tag(&call.case.state, lang), kind(&action.action));
    let hidden = hidden(&call.case, action, Uuid::new_v4().to_string());
    let asks_anew = form
        .found
        .as_ref()
        .map(|found| suggestions::suggestions_filter(lang, &format!("{back}/{}", action.action), &found.request));
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

fn field_props(ctx: &Ctx, field: &str, label: &str) -> FieldProps {
    ctx.field(&posted(field), label)
}

fn typed(ctx: &Ctx, field: &str) -> Option<String> {
    ctx.flash.value(&posted(field))
}

fn field(ctx: &Ctx, form: &ActionForm, demand: Demand) -> AnyView {
    let lang = ctx.lang;
    match demand {
        Demand::Sentence => {
            let props =
                field_props(ctx, field!(Resolve, sentence), t::sentence_label(lang)).hint(t::sentence_hint(lang)).required();
            view! { <TextArea field=props maxlength=1000 value=typed(ctx, field!(Resolve, sentence))/> }.into_any()
        }
        Demand::Note => {
            let props = field_props(ctx, field!(CallBack, note), t::note_field(lang)).hint(t::note_hint(lang));
            view! { <TextArea field=props rows=3 maxlength=1000 value=typed(ctx, field!(CallBack, note))/> }.into_any()
        }
        Demand::Reached => {
            let choices = vec![Choice::new("yes", t::reached_yes(lang)), Choice::new("no", t::reached_no(lang))];
            let props = field_props(ctx, field!(CallBack, reached), t::reached_label(lang)).required();
            view! { <RadioField field=props choices=choices value=typed(ctx, field!(CallBack, reached))/> }.into_any()
        }
        Demand::Colleague => {
            let choices = form.colleagues.iter().map(|c| colleague(ctx, c)).collect();
            let props =
                field_props(ctx, field!(HandOver, colleague), t::colleague_label(lang)).hint(t::colleague_hint(lang)).required();
            view! { <SelectField field=props choices=choices value=typed(ctx, field!(HandOver, colleague)) empty=t::choose(lang)/> }.into_any()
        }
        Demand::OtherCase if form.others.is_empty() => {
            view! { <Notice tone=Tone::Warn><p>{t::other_none(lang)}</p></Notice> }.into_any()
        }
        Demand::OtherCase => {
            let choices = form.others.iter().map(|o| other(ctx, o, form.call.now)).collect();
            let props = field_props(ctx, field!(Merge, other), t::other_label(lang)).hint(t::other_hint(lang)).required();
            view! { <RadioField field=props choices=choices value=typed(ctx, field!(Merge, other))/> }.into_any()
        }
        Demand::Going => going(ctx, &form.call),
        Demand::PolicyStep => {
            let steps = (1..=form.call.steps).map(|n| Choice::new(n.to_string(), t::step_line(lang, n))).collect();
            let props = field_props(ctx, field!(EscalateNow, step), t::step_label(lang));
            view! { <SelectField field=props choices=steps value=typed(ctx, field!(EscalateNow, step)) empty=t::step_next(lang)/> }.into_any()
        }
        Demand::Responders => responders(ctx, form),
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

/// The choice of the responder to release.
fn going(ctx: &Ctx, call: &CallPage) -> AnyView {
    let lang = ctx.lang;
    let line = |o: &OfferLine| {
        Choice::new(o.id.to_string(), t::offer_line(lang, t::NameStage { name: &o.name, stage: stage(o, lang).0 }))
    };
    let choices = call.offers.iter().filter(|o| o.is_open()).map(line).collect();
    let props = field_props(ctx, field!(StandDown, offer), t::going_label(lang)).hint(t::going_hint(lang)).required();
    view! { <RadioField field=props choices=choices value=typed(ctx, field!(StandDown, offer))/> }.into_any()
}

/// The list of suggested responders with check boxes, and the error of the selection.
fn responders(ctx: &Ctx, form: &ActionForm) -> AnyView {
    let name = posted(field!(Dispatch, responders));
    let error = ctx.error(&name, t::suggest_title(ctx.lang)).map(|text| view! { <p class="error">{text}</p> });
    let list = form.found.as_ref().map(|found| suggestions::suggestions(ctx.lang, found));
    view! { <div class="stack" id=field_id(&name) tabindex="-1">{error} {list}</div> }.into_any()
}

fn colleague(ctx: &Ctx, one: &Colleague) -> Choice {
    let lang = ctx.lang;
    if Some(one.account) == ctx.actor.account {
        return Choice::new(one.account.to_string(), t::colleague_me(lang));
    }
    let duty = if one.on_duty { t::duty_on(lang) } else { t::duty_off(lang) };
    let centre = lang.pick(&one.centre_zh, &one.centre_en);
    Choice::new(one.account.to_string(), t::colleague_line(lang, t::CentreDutyName { centre, duty, name: &one.name }))
}

fn other(ctx: &Ctx, one: &OtherCall, now: jiff::Timestamp) -> Choice {
    let lang = ctx.lang;
    let who = one.name.clone().unwrap_or_else(|| t::unknown_caller(lang).to_owned());
    let choice = Choice::new(
        one.number.clone(),
        t::other_line(lang, t::AtNumberWho { at: ticks::clock(one.raised_at, now), number: &one.number, who }),
    );
    if one.alike { choice.hint(t::other_alike(lang)) } else { choice }
}
