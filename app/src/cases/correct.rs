//! `/cases/{number}/correct`: the correction (补正) of the requested fields.

use super::case::own_case;
use crate::{
    http::{
        act,
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        form_data::FormData,
        redirect::{local_path, see_other},
    },
    services::{
        act::Act,
        fields::{FormRenderer, by_input, row_id},
    },
    ui::{BackLink, Button, Notice, PageHeading, PostForm, Tone},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    services::{
        files::{Target, attach, remove},
        read::application_page,
    },
};
use shared::{
    FieldError, Problem,
    services::{
        Answers, Kind, actions,
        answers::is_at_or_below,
        application::{ApplicationView, AskedField, CorrectionView},
    },
    texts::cases_pages as t,
};

/// Submits the correction, or adds and removes files and rows. Answers come as `answers[<path>]`.
#[server(prefix = "/api", endpoint = "cases/correct")]
pub async fn correct(number: String, key: String, act: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let to = send(&ctx, &number, &key, act.as_deref().unwrap_or_default()).await?;
    leptos_axum::redirect(&to);
    Ok(())
}

async fn send(ctx: &Ctx, number: &str, key: &str, wanted: &str) -> Result<String, ActionError> {
    let posted = FormData::of_call();
    let (state, actor) = (&ctx.app.state, &ctx.actor);
    let mut answers = posted.answers()?;
    let act = Act::parse(wanted)?;
    let page = format!("/cases/{number}/correct");
    let target = Target::Correction(number);
    for file in posted.files() {
        let field = file.name.strip_prefix("answers[").and_then(|n| n.strip_suffix(']')).ok_or(Problem::NotFound)?;
        match attach(state, actor, target, field, &file.file_name, file.bytes.clone()).await.map_err(|e| ctx.problem(e)) {
            Ok(_) => {}
            Err(Problem::Invalid { errors }) => return Ok(send_back(ctx, &page, &answers, errors).await),
            Err(problem) => return Err(problem.into()),
        }
    }
    let to = match act {
        Act::Add { block } => {
            let next = answers.rows(block).last().map_or(0, |last| last.saturating_add(1));
            format!("{page}?add={block}#{}", row_id(block, next))
        }
        Act::Remove { block, row } => {
            answers.remove(&format!("{block}.{row}"));
            page.clone()
        }
        Act::Drop { upload } => {
            remove(state, actor, target, upload).await?;
            page.clone()
        }
        Act::Upload | Act::Save => page.clone(),
        Act::Continue => {
            if !posted.files().is_empty() {
                add_uploads(ctx, number, &mut answers).await?;
            }
            return finish(ctx, number, key, &page, answers).await;
        }
    };
    send_back(ctx, &page, &answers, Vec::new()).await;
    Ok(to)
}

/// Adds the ids of files posted with the answers to the answers.
async fn add_uploads(ctx: &Ctx, number: &str, answers: &mut Answers) -> Result<(), ActionError> {
    let view = application_page(ctx.store(), &ctx.actor, number, ctx.lang).await?;
    let added = view.correction.map(|c| c.added).unwrap_or_default();
    for upload in &added {
        let ids = added.iter().filter(|u| u.field == upload.field).map(|u| u.id.to_string());
        answers.set(&upload.field, ids.collect::<Vec<_>>());
    }
    Ok(())
}

async fn finish(ctx: &Ctx, number: &str, key: &str, page: &str, answers: Answers) -> Result<String, ActionError> {
    let input = actions::Correct { answers: Some(answers.clone()) };
    match ctx.act(act::Target { number, version: None, key }, &input).await.map_err(|e| ctx.problem(e)) {
        Ok(case) => {
            let to = format!("/cases/{}", case.number);
            Flash::done(&to, "corrected").save(&ctx.session).await;
            Ok(to)
        }
        Err(Problem::Invalid { errors }) => Ok(send_back(ctx, page, &answers, errors).await),
        Err(problem) => Err(problem.into()),
    }
}

/// Saves the typed values in the flash. A question that appeared only with these answers is shown without an error.
async fn send_back(ctx: &Ctx, page: &str, answers: &Answers, errors: Vec<FieldError>) -> String {
    let asked = FormData::of_call();
    let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned()).unwrap_or_default();
    let was_asked = |path: &str| asked.all("asked").any(|a| a == path || a == parent(path));
    let new_alone = !errors.is_empty() && !errors.iter().any(|e| was_asked(&e.field));
    let errors = if new_alone { Vec::new() } else { errors };
    let Problem::Invalid { errors } = by_input(Problem::Invalid { errors }) else { return page.to_owned() };
    let mut left = Flash::rejected(page, unique_pairs(answers), errors);
    left.done = new_alone.then(|| "more_questions".to_owned());
    left.save(&ctx.session).await;
    local_path(page).to_owned()
}

/// Pairs with unique names, in order, so that several values of one field are kept.
fn unique_pairs(answers: &Answers) -> Vec<(String, String)> {
    let pairs = answers.iter().flat_map(|(path, values)| values.iter().map(move |v| (path, v)));
    let mut pairs: Vec<(String, String)> =
        pairs.enumerate().map(|(at, (path, value))| (format!("{at:04}:{path}"), value.clone())).collect();
    pairs.push((TYPED.to_owned(), String::new()));
    pairs
}

/// Key that marks typed values, also if all of them are empty.
const TYPED: &str = "typed";

/// The typed answers of the flash, if any.
fn typed(flash: &Flash) -> Option<Answers> {
    flash.value(TYPED)?;
    let pairs = flash.values().iter().filter_map(|(name, value)| Some((name.split_once(':')?.1.to_owned(), value.clone())));
    Answers::from_pairs(pairs).ok()
}

/// `/cases/{number}/correct`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> Response {
    let (case, mut application) = match own_case(&ctx, &number).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(correction) = application.correction.take() else { return see_other(&format!("/cases/{}", case.number)) };
    ctx.page(t::correct_title(ctx.lang), move |ctx| view(ctx, &application, &correction)).into_response()
}

/// The current answers, with typed values over the open fields.
fn answers(ctx: &Ctx, application: &ApplicationView, correction: &CorrectionView) -> Answers {
    let mut answers = correction.answers.clone();
    let Some(typed) = typed(&ctx.flash) else { return answers };
    let form = &application.item.form;
    let is_file = |path: &str| form.find(path).is_some_and(|(f, _)| f.kind == Kind::File);
    for open in correction.open.iter().filter(|o| !is_file(o)) {
        answers.remove(open);
        for (path, values) in typed.iter().filter(|(path, _)| is_at_or_below(path, open)) {
            answers.set(path, values.iter().cloned());
        }
    }
    answers
}

fn view(ctx: &Ctx, application: &ApplicationView, correction: &CorrectionView) -> AnyView {
    let lang = ctx.lang;
    let answers = answers(ctx, application, correction);
    let renderer = |open: &[String]| {
        FormRenderer {
            ctx,
            item: &application.item,
            answers: &answers,
            facts: &correction.facts,
            files: &correction.added,
            sent: &application.uploads,
            open: Some(open),
        }
        .fields(None)
    };
    let inside = |path: &str, of: &str| path != of && is_at_or_below(path, of);
    let asked = correction.fields.iter().map(|field| {
        // Fields of a block that was requested as a whole are drawn with the block.
        let drawn = correction.fields.iter().any(|other| inside(&field.path, &other.path));
        let fields = (!drawn).then(|| renderer(std::slice::from_ref(&field.path)));
        view! { <section class="stack">{note(ctx, application, field)} {fields}</section> }
    });
    let asked = asked.collect_view();
    let depend: Vec<String> =
        correction.open.iter().filter(|o| !correction.fields.iter().any(|f| is_at_or_below(o, &f.path))).cloned().collect();
    let depend = (!depend.is_empty()).then(|| renderer(&depend));
    let hidden = vec![("number", application.number.clone()), ("key", uuid::Uuid::new_v4().to_string())];
    let caption = format!("{} · {}", application.item.name.text(lang), t::number_line(lang, &application.number));
    view! {
        <BackLink href=format!("/cases/{}", application.number) text=t::back_to_case(lang)/>
        <PageHeading title=t::correct_title(lang) caption=caption lead=t::correct_lead(lang)/>
        <PostForm action=Correct::PATH hidden=hidden multipart=true>
            <button class="hidden" type="submit" name="act" value="continue" tabindex="-1" aria-hidden="true"></button>
            {asked} {depend}
            <div class="button-row"><Button text=t::correct_send(lang) name="act" value="continue"/></div>
        </PostForm>
    }
    .into_any()
}

/// The caseworker's note on a field, and the value sent before.
fn note(ctx: &Ctx, application: &ApplicationView, field: &AskedField) -> AnyView {
    let lang = ctx.lang;
    let row = application.pages.iter().flat_map(|p| &p.rows).find(|r| is_at_or_below(&field.path, &r.path));
    let old = row.map(|r| r.value.clone()).filter(|v| !v.is_empty());
    let old = old.map_or_else(|| t::correct_old_none(lang).to_owned(), |value| t::correct_old(lang, value));
    let note_text = field.note.clone();
    let file = application.item.form.find(&field.path).is_some_and(|(f, _)| f.kind == Kind::File);
    view! {
        <Notice tone=Tone::Warn title=field.label.clone()>
            <p>{note_text}</p>
            <p class="hint">{old}</p>
            {file.then(|| view! { <p class="hint">{t::correct_replace(lang)}</p> })}
        </Notice>
    }
    .into_any()
}
