//! `/drafts/{id}/{page}`: one page of the form.

use super::{
    act::Act,
    fields::{FormRenderer, by_input, row_id},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        form_data::FormData,
        problem_response::ProblemResponse,
        redirect::see_other,
        request::parse_id,
    },
    islands::services::draft_keeper::draft_keeper,
    ui::{BackLink, Button, ButtonKind, PageHeading, PostForm},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    services::{
        draft::{self, save_typed},
        files::{Target, attach, remove},
    },
};
use shared::{
    Problem,
    services::draft_view::{DraftView, NextPage},
    texts::services_pages as t,
};

/// Saves a page and follows its button: to the next page, back to the list of pages, or to the same page with a file or row
/// added or removed. Answers come as `answers[<path>]`.
#[server(prefix = "/api", endpoint = "services/save-page")]
pub async fn save_page(draft: String, page: String, act: Option<String>, back: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let to = save(&ctx, &draft, &page, act.as_deref().unwrap_or_default(), back.is_some()).await?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Saves a page while the user types, without checks; returns the draft's version.
#[server(prefix = "/api", endpoint = "services/autosave")]
pub async fn autosave(draft: String, page: String) -> Result<i32, ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let answers = FormData::of_call().answers()?;
    let draft = parse_id(&draft)?;
    let typed = server::services::draft::Posted { draft, page: &page, answers: &answers };
    Ok(server::services::draft::save_typed(ctx.store(), &ctx.actor, &typed).await?)
}

async fn save(ctx: &Ctx, draft: &str, page: &str, act: &str, back: bool) -> Result<String, ActionError> {
    let (id, posted) = (parse_id(draft)?, FormData::of_call());
    let answers = posted.answers()?;
    let typed = draft::Posted { draft: id, page, answers: &answers };
    let (store, state, actor) = (ctx.store(), &ctx.app.state, &ctx.actor);
    let act = Act::parse(act)?;
    if let Act::Remove { block, row } = act {
        draft::remove_row(store, actor, &typed, block, row).await?;
        return Ok(page_address(draft, page, "", back));
    }
    if act != Act::Continue || !posted.files().is_empty() {
        save_typed(store, actor, &typed).await?;
    }
    for file in posted.files() {
        let field = file.name.strip_prefix("answers[").and_then(|n| n.strip_suffix(']')).ok_or(Problem::NotFound)?;
        let added = attach(state, actor, Target::Draft(id), field, &file.file_name, file.bytes.clone()).await;
        added.map_err(|e| ActionError(by_input(ctx.problem(e))))?;
    }
    match act {
        Act::Add { block } => {
            let next = answers.rows(block).last().map_or(0, |last| last.saturating_add(1));
            Ok(format!("{}#{}", page_address(draft, page, &format!("add={block}"), back), row_id(block, next)))
        }
        Act::Drop { upload } => {
            remove(state, actor, Target::Draft(id), upload).await?;
            Ok(page_address(draft, page, "", back))
        }
        Act::Upload => Ok(page_address(draft, page, "", back)),
        Act::Save => Ok(format!("/drafts/{id}")),
        Act::Remove { .. } | Act::Continue => match draft::save_page(store, actor, &typed).await {
            Ok(_) if back => Ok(format!("/drafts/{id}/check")),
            Ok(NextPage::Page(next)) => Ok(format!("/drafts/{id}/{next}")),
            Ok(NextPage::Check) => Ok(format!("/drafts/{id}/check")),
            Err(error) => reject(ctx, ctx.problem(error), &posted, page_address(draft, page, "", back)).await,
        },
    }
}

fn page_address(draft: &str, page: &str, query: &str, back: bool) -> String {
    let query = [query, if back { "back=check" } else { "" }].into_iter().filter(|q| !q.is_empty()).collect::<Vec<_>>();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/drafts/{draft}/{page}{mark}{}", query.join("&"))
}

/// Returns the errors of fields that were on the page. If only fields that appeared with these answers are open, the page is
/// shown again with them and without errors.
async fn reject(ctx: &Ctx, problem: Problem, posted: &FormData, here: String) -> Result<String, ActionError> {
    let Problem::Invalid { errors } = problem else { return Err(problem.into()) };
    let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned()).unwrap_or_default();
    let asked = |path: &str| posted.all("asked").any(|a| a == path || a == parent(path));
    let (visible_errors, new): (Vec<_>, Vec<_>) = errors.into_iter().partition(|e| asked(&e.field));
    if visible_errors.is_empty() && !new.is_empty() {
        Flash::done(&here, "more_questions").save(&ctx.session).await;
        return Ok(here);
    }
    Err(by_input(Problem::Invalid { errors: visible_errors }).into())
}

/// `/drafts/{id}/{page}`
pub async fn page(ctx: Ctx, Path((id, page)): Path<(String, String)>) -> Response {
    let id = match parse_id(&id) {
        Ok(id) => id,
        Err(problem) => return ProblemResponse::from(problem).into_response(),
    };
    let draft = match server::services::draft::get(ctx.store(), &ctx.actor, id).await {
        Ok(draft) => draft,
        Err(error) => return ProblemResponse::from(error).into_response(),
    };
    // The page is hidden by these answers, or missing in a new version of the form.
    let Some(found) = draft.item.form.shown_pages(&draft.answers).into_iter().find(|p| p.id == page) else {
        return see_other(&format!("/drafts/{id}"));
    };
    let title = found.title.text(ctx.lang).to_owned();
    ctx.page(title, move |ctx| view(ctx, &draft, &page)).into_response()
}

fn view(ctx: &Ctx, draft: &DraftView, id: &str) -> AnyView {
    let lang = ctx.lang;
    let pages = draft.item.form.shown_pages(&draft.answers);
    let Some((at, page)) = pages.iter().enumerate().find(|(_, p)| p.id == id) else { return ().into_any() };
    let step = t::step_of(lang, t::AllN { all: pages.len(), n: at.saturating_add(1) });
    let back = ctx.query("back").is_some();
    let mut hidden = vec![("draft", draft.id.to_string()), ("page", page.id.clone())];
    hidden.extend(back.then(|| ("back", "check".to_owned())));
    let renderer = FormRenderer {
        ctx,
        item: &draft.item,
        answers: &draft.answers,
        facts: &draft.facts,
        files: &draft.uploads,
        sent: &[],
        open: None,
    };
    let fields = renderer.fields(Some(id));
    let (up, up_text) = if back {
        (format!("/drafts/{}/check", draft.id), t::back_to_check(lang))
    } else {
        (format!("/drafts/{}", draft.id), t::back_to_tasks(lang))
    };
    view! {
        <BackLink href=up text=up_text/>
        <PageHeading
            title=page.title.text(lang)
            caption=format!("{} · {step}", draft.item.name.text(lang))
            lead=page.hint.as_ref().map(|h| h.text(lang))
        />
        <PostForm action=SavePage::PATH hidden=hidden multipart=true id="draft-form">
            // The Enter key presses the first button of a form, which must not be one that removes something.
            <button class="hidden" type="submit" name="act" value="continue" tabindex="-1" aria-hidden="true"></button>
            {fields}
            <div class="button-row">
                <Button text=t::go_on(lang) name="act" value="continue"/>
                <Button text=t::save_for_later(lang) kind=ButtonKind::Secondary name="act" value="save"/>
            </div>
        </PostForm>
        {draft_keeper(Autosave::PATH, t::saved_now(lang), t::saved_not(lang))}
    }
    .into_any()
}
