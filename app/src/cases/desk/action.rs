//! Pages of the case actions that need input: fields to correct, reason of a refusal, colleague, note.

use super::{
    act::Act,
    case::{button_kind, read},
    state_tag::tag,
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
use shared::{
    cases::{AllowedAction, CaseView, Requirement, action_name, actions::HandOver},
    field,
    ids::AccountId,
    services::{
        actions::{AskCorrection, NotAccept, SendBack},
        application::{AnswerRow, ApplicationView},
        item::Refusal,
    },
    texts::desk as t,
};
use std::sync::Arc;

/// The choices of the fields.
struct DeskFields {
    application: Arc<ApplicationView>,
    colleagues: Vec<(AccountId, String)>,
}

impl ActionFields for DeskFields {
    fn sentence(&self, ctx: &Ctx) -> Option<FieldProps> {
        let lang = ctx.lang;
        Some(FieldProps::new(posted(field!(NotAccept, sentence)), t::sentence_label(lang)).hint(t::sentence_hint(lang)))
    }

    fn note(&self, ctx: &Ctx) -> Option<FieldProps> {
        let lang = ctx.lang;
        Some(FieldProps::new(posted(field!(SendBack, note)), t::note_field(lang)).hint(t::note_hint(lang)))
    }

    fn refusal_code(&self, ctx: &Ctx) -> Option<(FieldProps, Vec<Choice>)> {
        let (lang, item) = (ctx.lang, &self.application.item);
        let choice = |r: &Refusal| Choice::new(r.code.clone(), r.text.text(lang)).hint(item.basis_text(r, lang));
        let choices = item.refusals.iter().map(choice).collect();
        Some((FieldProps::new(posted(field!(NotAccept, code)), t::code_label(lang)), choices))
    }

    fn colleague(&self, ctx: &Ctx) -> Option<Choices> {
        let lang = ctx.lang;
        let choices = self.colleagues.iter().map(|(account, name)| Choice::new(account.to_string(), name.clone()));
        Some(Choices {
            field: FieldProps::new(posted(field!(HandOver, colleague)), t::colleague_label(lang)).hint(t::colleague_hint(lang)),
            choices: choices.collect(),
            empty: t::choose(lang),
            none: Some(t::colleague_none(lang)),
        })
    }

    fn correction_fields(&self, _ctx: &Ctx) -> Option<FormField> {
        let application = Arc::clone(&self.application);
        Some(FormField::custom(move |ctx| correction_fields(ctx, &application)))
    }
}

/// `/desk/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    let (case, application) = read(&ctx, &number).await?;
    let action = find_action(&case, &case.allowed, &action)?;
    let mut colleagues = Vec::new();
    if action.requires.contains(&Requirement::Colleague) {
        colleagues = server::cases::colleagues(ctx.store(), &ctx.actor, case.organisation).await?;
        colleagues.retain(|(account, _)| Some(*account) != ctx.actor.account);
    }
    let title = format!("{} · {number}", action_name(ctx.lang, &action.action));
    let fields = fields(&ctx, &action.requires, &DeskFields { application: Arc::new(application), colleagues })?;
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &case, &action, &fields)))
}

fn view(ctx: &Ctx, case: &CaseView, action: &AllowedAction, fields: &[FormField]) -> AnyView {
    let lang = ctx.lang;
    let title = action_name(lang, &action.action).to_owned();
    let page = ActionPage {
        post_to: Act::PATH,
        caption: format!("{} · {}", case.number, case.title(lang)),
        state: Some(tag(&case.state, lang)),
        above: None,
        back: format!("/desk/{}", case.number),
        back_text: t::back_to_case(lang),
        cancel: t::cancel(lang),
        hidden: Target::shown(case, action, &new_key()).inputs(Some(&action.action)),
        kind: button_kind(&action.action),
        next: action.needs_version.then(|| t::and_next(lang, &title)),
        title,
    };
    page.view(ctx, fields)
}

/// All answers, each with a checkbox and a note.
fn correction_fields(ctx: &Ctx, application: &ApplicationView) -> AnyView {
    let lang = ctx.lang;
    let name = posted(field!(AskCorrection, notes));
    let error = ctx.error(&name, t::fields_title(lang)).map(|text| view! { <p class="error">{text}</p> });
    let pages = application
        .pages
        .iter()
        .map(|page| {
            let rows = page.rows.iter().map(|row| correction_row(ctx, row)).collect_view();
            view! { <tbody><tr><th colspan="3" scope="rowgroup" class="ask-page">{page.title.clone()}</th></tr>{rows}</tbody> }
        })
        .collect_view();
    view! {
        <fieldset class="field" id=field_id(&name) tabindex="-1">
            <legend class="label">{t::fields_title(lang)}</legend>
            <p class="hint">{t::fields_hint(lang)}</p>
            {error}
            <table class="ask-table">{pages}</table>
        </fieldset>
    }
    .into_any()
}

fn correction_row(ctx: &Ctx, row: &AnswerRow) -> AnyView {
    let lang = ctx.lang;
    let (tick, note) = (
        posted(&format!("{}.{}", field!(AskCorrection, asked), row.path)),
        posted(&format!("{}.{}", field!(AskCorrection, notes), row.path)),
    );
    let (tick_id, note_id) = (field_id(&tick), field_id(&note));
    let error = ctx.error(&note, &row.label);
    let error_id = error.is_some().then(|| format!("{note_id}-error"));
    let described = error_id.clone();
    let error = error.map(|text| view! { <p class="error" id=error_id>{text}</p> });
    let ticked = ctx.flash.value(&tick).is_some();
    let written = ctx.flash.value(&note);
    let note_label = t::note_for(lang, &row.label);
    let invalid = described.is_some().then_some("true");
    view! {
        <tr>
            <td class="ask-tick">
                <div class="choice">
                    <input type="checkbox" id=tick_id.clone() name=tick value="yes" checked=ticked/>
                    <label for=tick_id><span class="choice-text">{row.label.clone()}</span></label>
                </div>
            </td>
            <td class="ask-value">{row.value.clone()}</td>
            <td class="ask-note">
                {error}
                <input
                    class="input"
                    type="text"
                    id=note_id
                    name=note
                    value=written
                    maxlength="500"
                    aria-label=note_label
                    placeholder=t::field_note(lang)
                    aria-describedby=described
                    aria-invalid=invalid
                />
            </td>
        </tr>
    }
    .into_any()
}
