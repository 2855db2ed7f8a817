//! `/drafts/{id}/check`: review of the answers before they are sent.

use super::{answers::answer_lists, draft::today};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        request::{self, parse_id},
    },
    ui::{BackLink, Button, Notice, PageHeading, PostForm, Tone, field_id},
};
use axum::extract::Path;
use jiff::civil::Date;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    FieldError, Problem,
    services::{
        Answers,
        application::{AnswerContext, answer_pages},
        display::{self, Masking},
        draft_view::DraftView,
        validate::validate_all,
    },
    texts::services_pages as t,
};

/// Submits the application. The key belongs to the draft, so that two taps open one case.
#[server(prefix = "/api", endpoint = "services/submit")]
pub async fn submit(draft: String, key: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let id = request::parse_id(&draft)?;
    let sent = server::services::apply::submit(ctx.store(), &ctx.actor, id, &key).await.map_err(|e| ctx.problem(e));
    let to = match sent {
        Ok(case) => format!("/cases/{}/sent", case.number),
        // A newer form came into force: the draft was migrated to it, and its page lists the changes.
        Err(Problem::FormChanged) => format!("/drafts/{id}"),
        // The review page finds the errors again and links to each; here they only mark its title.
        Err(Problem::Invalid { errors }) => {
            let mut errors: Vec<FieldError> = errors.into_iter().map(|e| FieldError { field: String::new(), ..e }).collect();
            errors.dedup();
            return Err(Problem::Invalid { errors }.into());
        }
        Err(problem) => return Err(problem.into()),
    };
    leptos_axum::redirect(&to);
    Ok(())
}

/// `/drafts/{id}/check`
pub async fn page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    let draft = server::services::draft::get(ctx.store(), &ctx.actor, parse_id(&id)?).await?;
    let today = today(&ctx).await?;
    Ok(ctx.page(t::check_title(ctx.lang), move |ctx| view(ctx, &draft, today)))
}

fn view(ctx: &Ctx, draft: &DraftView, today: Date) -> AnyView {
    let lang = ctx.lang;
    let base = format!("/drafts/{}", draft.id);
    let answers = draft.item.form.visible(&draft.answers);
    let errors = validate_all(&draft.item.form, &answers, today);
    let context = AnswerContext { facts: &draft.facts, before: None, uploads: &draft.uploads, lang, masking: Masking::Masked };
    let pages = answer_pages(&draft.item, &answers, context);
    let hidden = vec![("draft", draft.id.to_string()), ("key", format!("submit-{}", draft.id))];
    let send = errors.is_empty().then(|| {
        view! {
            <PostForm action=Submit::PATH hidden=hidden>
                <p class="hint">{t::send_note(lang)}</p>
                <div class="button-row"><Button text=t::send(lang)/></div>
            </PostForm>
        }
    });
    view! {
        <BackLink href=base.clone() text=t::back_to_tasks(lang)/>
        <PageHeading title=t::check_title(lang) caption=draft.item.name.text(lang) lead=t::check_lead(lang)/>
        {(!errors.is_empty()).then(|| missing(ctx, draft, &errors))}
        {answer_lists(&pages, Some((base.as_str(), &draft.item.form)), lang)}
        {send}
    }
    .into_any()
}

/// The open fields, each with a link.
fn missing(ctx: &Ctx, draft: &DraftView, errors: &[FieldError]) -> AnyView {
    let lang = ctx.lang;
    let form = &draft.item.form;
    let line = |error: &FieldError| {
        let text = t::check_incomplete_line(
            lang,
            t::ErrorLabel { error: error.kind.text(lang), label: display::label(form, &error.field, lang) },
        );
        let root = error.field.split('.').next().unwrap_or_default();
        let page = form.pages.iter().find(|p| p.fields.iter().any(|f| f.id == root)).map(|p| p.id.as_str());
        let field = field_id(&Answers::input_name(&error.field));
        let href = format!("/drafts/{}/{}?back=check#{field}", draft.id, page.unwrap_or_default());
        view! { <li><a href=href>{text}</a></li> }
    };
    let lines: Vec<_> = errors.iter().map(line).collect();
    view! {
        <Notice tone=Tone::Warn title=t::check_incomplete(lang)><ul>{lines}</ul></Notice>
    }
    .into_any()
}
