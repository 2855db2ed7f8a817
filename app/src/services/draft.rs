//! `/drafts/{id}`: the pages of an application that is being filled in, with how far each is.

use crate::http::Refusal;
use leptos::prelude::*;

/// Throws a draft away, with its files.
#[server(prefix = "/api", endpoint = "services/discard")]
pub async fn discard(draft: String) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    server::services::draft::discard(visit.store(), &visit.actor, key(&draft)?).await?;
    crate::http::flash::Flash::done("/cases", "draft_discarded").leave(&visit.session).await;
    leptos_axum::redirect("/cases");
    Ok(())
}

#[cfg(feature = "ssr")]
pub use page::{key, page, today};

#[cfg(feature = "ssr")]
mod page {
    use super::Discard;
    use crate::{
        http::{
            page::{PageResult, answer},
            visit::Visit,
        },
        services::catalogue,
        ui::{BackLink, Button, ButtonKind, Details, LinkButton, Notice, PageHeading, PostForm, Task, TaskList, Tone, when},
    };
    use axum::{extract::Path, response::Response};
    use jiff::civil::Date;
    use leptos::{prelude::*, server_fn::ServerFn};
    use shared::{
        Lang, Problem,
        services::{
            draft::{Carried, Fate},
            draft_view::DraftView,
            form::Page,
            validate::validate_page,
        },
        texts::{services as words, services_pages as t},
    };

    pub use crate::http::call::key;

    /// Today by the city's clock.
    ///
    /// # Errors
    /// What the store says.
    pub async fn today(visit: &Visit) -> Result<Date, Problem> {
        let read = async { Ok(visit.store().read(&visit.actor).await?.now().await?.today()) };
        read.await.map_err(|e| visit.problem(e))
    }

    /// `/drafts/{id}`
    pub async fn page(visit: Visit, Path(id): Path<String>) -> Response {
        answer(load(visit, id).await)
    }

    async fn load(visit: Visit, id: String) -> PageResult {
        let draft = server::services::draft::get(visit.store(), &visit.actor, key(&id)?).await.map_err(|e| visit.problem(e))?;
        let today = today(&visit).await?;
        Ok(visit.page(t::draft_title(visit.lang), move |visit| view(visit, &draft, today)))
    }

    fn view(visit: &Visit, draft: &DraftView, today: Date) -> AnyView {
        let lang = visit.lang;
        let name = draft.item.name.text(lang);
        let caption = match visit.presence.as_ref().and_then(|p| p.acting_for_name.as_ref()) {
            Some(person) => format!("{name} · {}", t::draft_for(lang, person)),
            None => name.to_owned(),
        };
        let pages = draft.item.form.shown_pages(&draft.answers);
        let tasks: Vec<(bool, Task)> = pages.iter().map(|p| task(draft, p, today, lang)).collect();
        let ready = tasks.iter().all(|(done, _)| *done);
        let go_on = tasks.iter().find(|(done, _)| !done).and_then(|(_, task)| task.href.as_deref().map(str::to_owned));
        let mut tasks: Vec<Task> = tasks.into_iter().map(|(_, task)| task).collect();
        let check = format!("/drafts/{}/check", draft.id);
        tasks.push(Task {
            href: ready.then(|| check.clone()).into(),
            title: t::task_check(lang).to_owned(),
            hint: (!ready).then(|| t::task_check_hint(lang)).into(),
            status: if ready { t::task_check_ready(lang) } else { t::task_check_not_yet(lang) }.to_owned(),
            tone: if ready { Tone::Good } else { Tone::Neutral },
        });
        let saved = t::saved_at(lang, when::stamp(draft.changed_at, lang));
        let hidden = vec![("draft", draft.id.to_string())];
        view! {
            <BackLink href=format!("{}/{}", catalogue::PATH, draft.item.code) text=t::to_item(lang)/>
            <PageHeading title=t::draft_title(lang) caption=caption lead=(!visit.elder).then(|| t::draft_lead(lang))/>
            {(!draft.carried.is_empty()).then(|| carried(lang, &draft.carried))}
            <section class="stack"><h2 class="hidden">{t::tasks(lang)}</h2><TaskList tasks=tasks/></section>
            <LinkButton href=go_on.unwrap_or(check) text=t::go_on(lang)/>
            <p class="hint">{saved}</p>
            <Details summary=t::draft_discard(lang)>
                <PostForm action=Discard::PATH hidden=hidden>
                    <p>{t::draft_discard_words(lang)}</p>
                    <div class="button-row"><Button text=t::draft_discard_button(lang) kind=ButtonKind::Danger/></div>
                </PostForm>
            </Details>
        }
        .into_any()
    }

    /// A page as a task, and whether it is done.
    fn task(draft: &DraftView, page: &Page, today: Date, lang: Lang) -> (bool, Task) {
        let done = validate_page(&draft.item.form, &page.id, &draft.answers, today).is_empty();
        let begun = page.fields.iter().any(|f| draft.answers.has(&f.id));
        let (status, tone) = match (done, begun) {
            (true, _) => (t::task_done(lang), Tone::Good),
            (false, true) => (t::task_begun(lang), Tone::Progress),
            (false, false) => (t::task_not_begun(lang), Tone::Neutral),
        };
        let task = Task {
            href: format!("/drafts/{}/{}", draft.id, page.id).into(),
            title: page.title.text(lang).to_owned(),
            hint: None::<String>.into(),
            status: status.to_owned(),
            tone,
        };
        (done, task)
    }

    fn carried(lang: Lang, changes: &[Carried]) -> AnyView {
        let line = |change: &Carried| {
            let fate = match change.fate {
                Fate::Gone => words::fate_gone(lang),
                Fate::Differs => words::fate_differs(lang),
                Fate::New => words::fate_new(lang),
            };
            view! { <li>{t::carried_line(lang, t::FateLabel { fate, label: change.label.text(lang) })}</li> }
        };
        let lines: Vec<_> = changes.iter().map(line).collect();
        view! {
            <Notice tone=Tone::Warn title=t::carried_title(lang)>
                <p>{t::carried_words(lang)}</p>
                <ul>{lines}</ul>
            </Notice>
        }
        .into_any()
    }
}
