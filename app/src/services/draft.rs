//! `/drafts/{id}`: a draft (an application not submitted yet): the pages of its form, each with its status.

use super::catalogue;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        request::parse_id,
    },
    ui::{BackLink, Button, ButtonKind, Details, LinkButton, Notice, PageHeading, PostForm, Task, TaskList, Tone, when},
};
use axum::extract::Path;
use jiff::civil::Date;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang,
    services::{
        draft::{Carried, FieldChange},
        draft_view::DraftView,
        form::Page,
        validate::validate_page,
    },
    texts::{services as item_texts, services_pages as t},
};

/// Deletes a draft with its files.
#[server(prefix = "/api", endpoint = "services/discard")]
pub async fn discard(draft: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    server::services::draft::discard(ctx.store(), &ctx.actor, parse_id(&draft)?).await?;
    Flash::done("/cases", "draft_discarded").save(&ctx.session).await;
    leptos_axum::redirect("/cases");
    Ok(())
}

/// Today by the city's clock.
///
/// # Errors
/// Errors of the store.
pub async fn today(ctx: &Ctx) -> Result<Date, server::Error> {
    Ok(ctx.store().read(&ctx.actor).await?.now().await?.today())
}

/// `/drafts/{id}`
pub async fn page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    let draft = server::services::draft::get(ctx.store(), &ctx.actor, parse_id(&id)?).await?;
    let today = today(&ctx).await?;
    Ok(ctx.page(t::draft_title(ctx.lang), move |ctx| view(ctx, &draft, today)))
}

fn view(ctx: &Ctx, draft: &DraftView, today: Date) -> AnyView {
    let lang = ctx.lang;
    let name = draft.item.name.text(lang);
    let caption = match ctx.presence.as_ref().and_then(|p| p.acting_for_name.as_ref()) {
        Some(person) => format!("{name} · {}", t::draft_for(lang, person)),
        None => name.to_owned(),
    };
    let pages = draft.item.form.shown_pages(&draft.answers);
    let tasks: Vec<(bool, Task)> = pages.iter().map(|p| task(draft, p, today, lang)).collect();
    let ready = tasks.iter().all(|(done, _)| *done);
    let next_page = tasks.iter().find(|(done, _)| !done).and_then(|(_, task)| task.href.as_deref().map(str::to_owned));
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
        <PageHeading title=t::draft_title(lang) caption=caption lead=(!ctx.elder).then(|| t::draft_lead(lang))/>
        {(!draft.carried.is_empty()).then(|| changes_notice(lang, &draft.carried))}
        <section class="stack"><h2 class="hidden">{t::tasks(lang)}</h2><TaskList tasks=tasks/></section>
        <LinkButton href=next_page.unwrap_or(check) text=t::go_on(lang)/>
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

/// The answers that were carried over from an older version of the item and what has changed in its form.
fn changes_notice(lang: Lang, changes: &[Carried]) -> AnyView {
    let line = |change: &Carried| {
        let change_text = match change.fate {
            FieldChange::Gone => item_texts::fate_gone(lang),
            FieldChange::Differs => item_texts::fate_differs(lang),
            FieldChange::New => item_texts::fate_new(lang),
        };
        view! { <li>{t::carried_line(lang, t::FateLabel { fate: change_text, label: change.label.text(lang) })}</li> }
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
