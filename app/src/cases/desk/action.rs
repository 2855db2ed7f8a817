//! Forms of case actions that need input: fields to correct, reason of a refusal, colleague.

use super::{
    act::Act,
    case::{hidden, kind, read},
    queue::tag,
};
use crate::http::act::posted;
use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Choice, FieldProps, LinkButton, Notice, PageHeading, PostForm, RadioField,
        SelectField, TextArea, Tone, field_id,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Problem,
    cases::{AllowedAction, CaseView, Demand, action_name},
    ids::AccountId,
    services::application::{AnswerRow, ApplicationView},
    texts::desk as t,
};
use shared::{
    cases::actions::HandOver,
    field,
    services::actions::{AskCorrection, NotAccept, SendBack},
};

/// What the page shows.
struct ActionForm {
    case: CaseView,
    application: ApplicationView,
    action: AllowedAction,
    colleagues: Vec<(AccountId, String)>,
}

/// `/desk/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    let (case, application) = read(&ctx, &number).await?;
    let Some(action) = case.allowed.iter().find(|a| a.action == action && !a.demands.is_empty()).cloned() else {
        let allowed = case.allowed.iter().map(|a| a.action.clone()).collect();
        return Err(Problem::Conflict { number, state: case.state, version: case.version, allowed }.into());
    };
    let mut colleagues = Vec::new();
    if action.demands.contains(&Demand::Colleague) {
        colleagues = server::cases::colleagues(ctx.store(), &ctx.actor, case.organisation).await.map_err(|e| ctx.problem(e))?;
        colleagues.retain(|(account, _)| Some(*account) != ctx.actor.account);
    }
    let title = format!("{} · {number}", action_name(ctx.lang, &action.action));
    let form = ActionForm { case, application, action, colleagues };
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &form)))
}

fn view(ctx: &Ctx, form: &ActionForm) -> AnyView {
    let lang = ctx.lang;
    let ActionForm { case, action, .. } = form;
    let back = format!("/desk/{}", case.number);
    let text = action_name(lang, &action.action).to_owned();
    let caption = format!("{} · {}", case.number, case.title(lang));
    let demands = action.demands.iter().map(|demand| field(ctx, form, *demand)).collect_view();
    let next = action.needs_version.then(|| {
        view! { <Button text=t::and_next(lang, &text) kind=ButtonKind::Secondary name="next" value="yes"/> }
    });
    let (state, kind) = (tag(&case.state, lang), kind(&action.action));
    view! {
        <BackLink href=back.clone() text=t::back_to_case(lang)/>
        <PageHeading title=text.clone() caption=caption>{state}</PageHeading>
        <PostForm action=Act::PATH hidden=hidden(case, action)>
            {demands}
            <ButtonRow>
                <Button text=text.clone() kind=kind/>
                {next}
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
                field_props(ctx, field!(NotAccept, sentence), t::sentence_label(lang)).hint(t::sentence_hint(lang)).required();
            view! { <TextArea field=props maxlength=1000 value=typed(ctx, field!(NotAccept, sentence))/> }.into_any()
        }
        Demand::Note => {
            let props = field_props(ctx, field!(SendBack, note), t::note_field(lang)).hint(t::note_hint(lang));
            view! { <TextArea field=props rows=3 maxlength=1000 value=typed(ctx, field!(SendBack, note))/> }.into_any()
        }
        Demand::RefusalCode => {
            let item = &form.application.item;
            let choices = item
                .refusals
                .iter()
                .map(|r| Choice::new(r.code.clone(), r.text.text(lang)).hint(item.basis_text(r, lang)))
                .collect();
            let props = field_props(ctx, field!(NotAccept, code), t::code_label(lang)).required();
            view! { <RadioField field=props choices=choices value=typed(ctx, field!(NotAccept, code))/> }.into_any()
        }
        Demand::Colleague if form.colleagues.is_empty() => {
            view! { <Notice tone=Tone::Warn><p>{t::colleague_none(lang)}</p></Notice> }.into_any()
        }
        Demand::Colleague => {
            let choices = form.colleagues.iter().map(|(account, name)| Choice::new(account.to_string(), name.clone())).collect();
            let props =
                field_props(ctx, field!(HandOver, colleague), t::colleague_label(lang)).hint(t::colleague_hint(lang)).required();
            view! { <SelectField field=props choices=choices value=typed(ctx, field!(HandOver, colleague)) empty=t::choose(lang)/> }.into_any()
        }
        Demand::CorrectionFields => fields(ctx, form),
        // The applicant's, and those of calls for help, which have pages of their own: no desk page has them.
        Demand::CorrectedAnswers
        | Demand::Score
        | Demand::Responders
        | Demand::OtherCase
        | Demand::Going
        | Demand::PolicyStep
        | Demand::Reached
        | Demand::Consent
        | Demand::Terms
        | Demand::Offer => ().into_any(),
    }
}

/// Every answer with a box to tick and a note to write.
fn fields(ctx: &Ctx, form: &ActionForm) -> AnyView {
    let lang = ctx.lang;
    let name = posted(field!(AskCorrection, notes));
    let error = ctx.error(&name, t::fields_title(lang)).map(|text| view! { <p class="error">{text}</p> });
    let pages = form
        .application
        .pages
        .iter()
        .map(|page| {
            let rows = page.rows.iter().map(|row| ask_line(ctx, row)).collect_view();
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

fn ask_line(ctx: &Ctx, row: &AnswerRow) -> AnyView {
    let lang = ctx.lang;
    let (tick, note) = (
        posted(&format!("{}.{}", field!(AskCorrection, asked), row.path)),
        posted(&format!("{}.{}", field!(AskCorrection, notes), row.path)),
    );
    let (tick_id, note_id) = (field_id(&tick), field_id(&note));
    let error = ctx.error(&note, &row.label);
    let error_id = error.is_some().then(|| format!("{note_id}-error"));
    let described = error_id.clone();
    let wrong = error.map(|text| view! { <p class="error" id=error_id>{text}</p> });
    let ticked = ctx.flash.value(&tick).is_some();
    let said = ctx.flash.value(&note);
    let heard = t::note_for(lang, &row.label);
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
                {wrong}
                <input
                    class="input"
                    type="text"
                    id=note_id
                    name=note
                    value=said
                    maxlength="500"
                    aria-label=heard
                    placeholder=t::field_note(lang)
                    aria-describedby=described
                    aria-invalid=invalid
                />
            </td>
        </tr>
    }
    .into_any()
}
