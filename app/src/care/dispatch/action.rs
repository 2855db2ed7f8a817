//! Pages of the call actions that need input: outcome, colleague, responders, other call.

use super::{
    act::ActOnCall,
    board_rows::tag,
    call::{available_actions, caller_name},
    call_status::{button_kind, stage},
    suggestions, ticks,
};
use crate::{
    http::{
        act::{Target, new_key, posted},
        action_form::{ActionFields, ActionPage, Choices, FormField, fields, find_action},
        context::Ctx,
        page::PageResult,
    },
    ui::{Choice, FieldProps, field_id},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::care::dispatch::candidates;
use server::care::dispatch::{call as calls, suggest::Suggestions};
use shared::{
    care::{
        actions::{CallBack, Dispatch, EscalateNow, Merge, Resolve, StandDown},
        call::{CallPage, Colleague, OfferLine, OtherCall},
    },
    cases::{AllowedAction, Requirement, action_name, actions::HandOver},
    field,
    texts::dispatch as t,
};
use std::sync::Arc;

/// What the page shows.
struct CallAction {
    call: CallPage,
    action: AllowedAction,
    colleagues: Vec<Colleague>,
    others: Vec<OtherCall>,
    suggestions: Option<Arc<Suggestions>>,
}

impl ActionFields for CallAction {
    fn sentence(&self, ctx: &Ctx) -> Option<FieldProps> {
        let lang = ctx.lang;
        Some(FieldProps::new(posted(field!(Resolve, sentence)), t::sentence_label(lang)).hint(t::sentence_hint(lang)))
    }

    fn note(&self, ctx: &Ctx) -> Option<FieldProps> {
        let lang = ctx.lang;
        Some(FieldProps::new(posted(field!(CallBack, note)), t::note_field(lang)).hint(t::note_hint(lang)))
    }

    fn colleague(&self, ctx: &Ctx) -> Option<Choices> {
        let lang = ctx.lang;
        Some(Choices {
            field: FieldProps::new(posted(field!(HandOver, colleague)), t::colleague_label(lang)).hint(t::colleague_hint(lang)),
            choices: self.colleagues.iter().map(|c| colleague_choice(ctx, c)).collect(),
            empty: t::choose(lang),
            none: None,
        })
    }

    fn responders(&self, _ctx: &Ctx) -> Option<FormField> {
        let suggestions = self.suggestions.clone()?;
        Some(FormField::custom(move |ctx| responders(ctx, &suggestions)))
    }

    fn other_case(&self, ctx: &Ctx) -> Option<FormField> {
        let lang = ctx.lang;
        if self.others.is_empty() {
            return Some(FormField::Warning(t::other_none(lang)));
        }
        let field = FieldProps::new(posted(field!(Merge, other)), t::other_label(lang)).hint(t::other_hint(lang)).required();
        Some(FormField::Radio { field, choices: self.others.iter().map(|o| call_choice(ctx, o, self.call.now)).collect() })
    }

    fn active_responder(&self, ctx: &Ctx) -> Option<FormField> {
        let lang = ctx.lang;
        let line = |o: &OfferLine| {
            Choice::new(o.id.to_string(), t::offer_line(lang, t::NameStage { name: &o.name, stage: stage(o, lang).0 }))
        };
        let field = FieldProps::new(posted(field!(StandDown, offer)), t::going_label(lang)).hint(t::going_hint(lang)).required();
        Some(FormField::Radio { field, choices: self.call.offers.iter().filter(|o| o.is_open()).map(line).collect() })
    }

    fn policy_step(&self, ctx: &Ctx) -> Option<FormField> {
        let lang = ctx.lang;
        let choices = (1..=self.call.steps).map(|n| Choice::new(n.to_string(), t::step_line(lang, n))).collect();
        let field = FieldProps::new(posted(field!(EscalateNow, step)), t::step_label(lang));
        Some(FormField::Select { field, choices, empty: t::step_next(lang) })
    }

    fn reached(&self, ctx: &Ctx) -> Option<FormField> {
        let lang = ctx.lang;
        let choices = vec![Choice::new("yes", t::reached_yes(lang)), Choice::new("no", t::reached_no(lang))];
        let field = FieldProps::new(posted(field!(CallBack, reached)), t::reached_label(lang)).required();
        Some(FormField::Radio { field, choices })
    }
}

/// `/dispatch/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    let (store, actor) = (ctx.store(), &ctx.actor);
    let call = calls::call(store, actor, &number).await?;
    let action = find_action(&call.case, &available_actions(&call), &action)?;
    let mut form = CallAction { call, action, colleagues: Vec::new(), others: Vec::new(), suggestions: None };
    if form.action.requires.contains(&Requirement::Colleague) {
        form.colleagues = candidates::colleagues(store, actor, &number).await?;
    }
    if form.action.requires.contains(&Requirement::OtherCase) {
        form.others = candidates::merge_candidates(store, actor, &number).await?;
    }
    if form.action.requires.contains(&Requirement::Responders) {
        form.suggestions =
            Some(Arc::new(candidates::suggestions(store, actor, &number, suggestions::ranking_request(&ctx)).await?));
    }
    let title = format!("{} · {number}", action_name(ctx.lang, &form.action.action));
    let fields = fields(&ctx, &form.action.requires, &form)?;
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &form, &fields)))
}

fn view(ctx: &Ctx, form: &CallAction, fields: &[FormField]) -> AnyView {
    let lang = ctx.lang;
    let CallAction { call, action, .. } = form;
    let back = format!("/dispatch/{}", call.case.number);
    let filter = form
        .suggestions
        .as_ref()
        .map(|found| suggestions::suggestions_filter(lang, &format!("{back}/{}", action.action), &found.request));
    let page = ActionPage {
        post_to: ActOnCall::PATH,
        title: action_name(lang, &action.action).to_owned(),
        caption: format!("{} · {}", call.case.number, caller_name(call, lang)),
        state: Some(tag(&call.case.state, lang)),
        above: filter,
        back,
        back_text: t::back_to_call(lang),
        cancel: t::cancel(lang),
        hidden: Target::shown(&call.case, action, &new_key()).inputs(Some(&action.action)),
        kind: button_kind(&action.action),
        next: None,
    };
    page.view(ctx, fields)
}

/// The suggested responders with their boxes, and the error of the selection.
fn responders(ctx: &Ctx, found: &Suggestions) -> AnyView {
    let name = posted(field!(Dispatch, responders));
    let error = ctx.error(&name, t::suggest_title(ctx.lang)).map(|text| view! { <p class="error">{text}</p> });
    let list = suggestions::suggestions(ctx.lang, found);
    view! { <div class="stack" id=field_id(&name) tabindex="-1">{error} {list}</div> }.into_any()
}

fn colleague_choice(ctx: &Ctx, one: &Colleague) -> Choice {
    let lang = ctx.lang;
    if Some(one.account) == ctx.actor.account {
        return Choice::new(one.account.to_string(), t::colleague_me(lang));
    }
    let duty = if one.on_duty { t::duty_on(lang) } else { t::duty_off(lang) };
    let centre = lang.pick(&one.centre_zh, &one.centre_en);
    Choice::new(one.account.to_string(), t::colleague_line(lang, t::CentreDutyName { centre, duty, name: &one.name }))
}

fn call_choice(ctx: &Ctx, one: &OtherCall, now: jiff::Timestamp) -> Choice {
    let lang = ctx.lang;
    let who = one.name.clone().unwrap_or_else(|| t::unknown_caller(lang).to_owned());
    let choice = Choice::new(
        one.number.clone(),
        t::other_line(lang, t::AtNumberWho { at: ticks::clock(one.raised_at, now), number: &one.number, who }),
    );
    if one.alike { choice.hint(t::other_alike(lang)) } else { choice }
}
