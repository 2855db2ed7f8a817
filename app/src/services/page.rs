//! `/drafts/{id}/{page}`: one page of the form, one topic.

use crate::http::Refusal;
use leptos::prelude::*;

/// Keeps a page and goes where its button says: on, back to the list of pages, or to the same page with a file or a row
/// more or less. Answers come as `answers[<path>]`.
#[server(prefix = "/api", endpoint = "services/save-page")]
pub async fn save_page(draft: String, page: String, act: Option<String>, back: Option<String>) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    let to = save::save(&visit, &draft, &page, act.as_deref().unwrap_or_default(), back.is_some()).await?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Keeps a page while one types, unchecked; gives back the draft's version.
#[server(prefix = "/api", endpoint = "services/autosave")]
pub async fn autosave(draft: String, page: String) -> Result<i32, Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    let answers = crate::http::posted::Posted::of_call().answers()?;
    let draft = super::draft::key(&draft)?;
    let typed = server::services::draft::Posted { draft, page: &page, answers: &answers };
    Ok(server::services::draft::save_typed(visit.store(), &visit.actor, &typed).await?)
}

#[cfg(feature = "ssr")]
mod save {
    use crate::{
        http::{Refusal, flash::Flash, posted::Posted, visit::Visit},
        services::{
            act::Act,
            draft::key,
            fields::{by_input, row_id},
        },
    };
    use server::services::{
        draft::{self, save_typed},
        files::{Target, attach, remove},
    };
    use shared::{Problem, services::draft_view::NextPage};

    pub(super) async fn save(visit: &Visit, draft: &str, page: &str, act: &str, back: bool) -> Result<String, Refusal> {
        let (id, posted) = (key(draft)?, Posted::of_call());
        let answers = posted.answers()?;
        let typed = draft::Posted { draft: id, page, answers: &answers };
        let (store, city, actor) = (visit.store(), &visit.app.city, &visit.actor);
        let act = Act::parse(act)?;
        if let Act::Remove { block, row } = act {
            draft::remove_row(store, actor, &typed, block, row).await?;
            return Ok(here(draft, page, "", back));
        }
        if act != Act::Continue || !posted.files().is_empty() {
            save_typed(store, actor, &typed).await?;
        }
        for file in posted.files() {
            let field = file.name.strip_prefix("answers[").and_then(|n| n.strip_suffix(']')).ok_or(Problem::NotFound)?;
            let added = attach(city, actor, Target::Draft(id), field, &file.file_name, file.bytes.clone()).await;
            added.map_err(|e| Refusal::new(by_input(visit.problem(e))))?;
        }
        match act {
            Act::Add { block } => {
                let next = answers.rows(block).last().map_or(0, |last| last.saturating_add(1));
                Ok(format!("{}#{}", here(draft, page, &format!("add={block}"), back), row_id(block, next)))
            }
            Act::Drop { upload } => {
                remove(city, actor, Target::Draft(id), upload).await?;
                Ok(here(draft, page, "", back))
            }
            Act::Upload => Ok(here(draft, page, "", back)),
            Act::Save => Ok(format!("/drafts/{id}")),
            Act::Remove { .. } | Act::Continue => match draft::save_page(store, actor, &typed).await {
                Ok(_) if back => Ok(format!("/drafts/{id}/check")),
                Ok(NextPage::Page(next)) => Ok(format!("/drafts/{id}/{next}")),
                Ok(NextPage::Check) => Ok(format!("/drafts/{id}/check")),
                Err(error) => wrong(visit, visit.problem(error), &posted, here(draft, page, "", back)).await,
            },
        }
    }

    fn here(draft: &str, page: &str, query: &str, back: bool) -> String {
        let query = [query, if back { "back=check" } else { "" }].into_iter().filter(|q| !q.is_empty()).collect::<Vec<_>>();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/drafts/{draft}/{page}{mark}{}", query.join("&"))
    }

    /// Errors of fields that were asked go back to the page. Where only questions are open that came up with these
    /// answers, the page is shown with them and nothing is called wrong.
    async fn wrong(visit: &Visit, problem: Problem, posted: &Posted, here: String) -> Result<String, Refusal> {
        let Problem::Invalid { errors } = problem else { return Err(problem.into()) };
        let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned()).unwrap_or_default();
        let asked = |path: &str| posted.all("asked").any(|a| a == path || a == parent(path));
        let (told, new): (Vec<_>, Vec<_>) = errors.into_iter().partition(|e| asked(&e.field));
        if told.is_empty() && !new.is_empty() {
            Flash::done(&here, "more_questions").leave(&visit.session).await;
            return Ok(here);
        }
        Err(by_input(Problem::Invalid { errors: told }).into())
    }
}

#[cfg(feature = "ssr")]
pub use shown::page;

#[cfg(feature = "ssr")]
mod shown {
    use super::{Autosave, SavePage};
    use crate::{
        http::{
            call::see_other,
            page::{Told, answer},
            visit::Visit,
        },
        services::{draft::key, fields::Sheet, islands::draft_keeper::draft_keeper},
        ui::{BackLink, Button, ButtonKind, PageHeading, PostForm},
    };
    use axum::{
        extract::Path,
        response::{IntoResponse, Response},
    };
    use leptos::{prelude::*, server_fn::ServerFn};
    use shared::{services::draft_view::DraftView, texts::services_pages as t};

    /// `/drafts/{id}/{page}`
    pub async fn page(visit: Visit, Path((id, page)): Path<(String, String)>) -> Response {
        let id = match key(&id) {
            Ok(id) => id,
            Err(problem) => return Told(problem).into_response(),
        };
        let draft = match server::services::draft::get(visit.store(), &visit.actor, id).await {
            Ok(draft) => draft,
            Err(error) => return Told(visit.problem(error)).into_response(),
        };
        // A page that these answers hide, or that a new version of the form has not.
        let Some(found) = draft.item.form.shown_pages(&draft.answers).into_iter().find(|p| p.id == page) else {
            return see_other(&format!("/drafts/{id}"));
        };
        let title = found.title.text(visit.lang).to_owned();
        answer(Ok(visit.page(title, move |visit| view(visit, &draft, &page))))
    }

    fn view(visit: &Visit, draft: &DraftView, id: &str) -> AnyView {
        let lang = visit.lang;
        let pages = draft.item.form.shown_pages(&draft.answers);
        let Some((at, page)) = pages.iter().enumerate().find(|(_, p)| p.id == id) else { return ().into_any() };
        let step = t::step_of(lang, t::AllN { all: pages.len(), n: at.saturating_add(1) });
        let back = visit.query("back").is_some();
        let mut hidden = vec![("draft", draft.id.to_string()), ("page", page.id.clone())];
        hidden.extend(back.then(|| ("back", "check".to_owned())));
        let sheet = Sheet {
            visit,
            item: &draft.item,
            answers: &draft.answers,
            facts: &draft.facts,
            files: &draft.uploads,
            sent: &[],
            open: None,
        };
        let fields = sheet.fields(Some(id));
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
                // The Enter key presses the first button of a form: it must not be one that takes something away.
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
}
