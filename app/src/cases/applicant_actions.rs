//! Actions of an applicant on a case: withdraw, object to a refusal, rate. Each has a page of its own, because the case page
//! renews itself and would lose typed text.

use super::case::own_case;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        redirect::see_other,
    },
    ui::{BackLink, Button, ButtonKind, Choice, LinkButton, PageHeading, PostForm, Rating, TextArea},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde_json::Value;
use server::account::gate::Access;
use shared::{
    Lang,
    cases::{Action, CaseView},
    services::life::{OBJECT, OBJECTED, RATE, WITHDRAW},
    texts::cases_pages as t,
};

/// Withdraws an application or an objection.
#[server(prefix = "/api", endpoint = "cases/withdraw")]
pub async fn withdraw(number: String, key: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    act(&ctx, &number, &key, shared::services::life::WITHDRAW, serde_json::json!({}), "withdrawn").await
}

/// Objects to a refusal.
#[server(prefix = "/api", endpoint = "cases/object")]
pub async fn object(number: String, key: String, sentence: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let input = serde_json::json!({ "sentence": sentence.unwrap_or_default() });
    act(&ctx, &number, &key, shared::services::life::OBJECT, input, "objected").await
}

/// Rates the service.
#[server(prefix = "/api", endpoint = "cases/rate")]
pub async fn rate(number: String, key: String, score: Option<String>, comment: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let mut input = serde_json::json!({ "comment": comment.unwrap_or_default() });
    if let (Some(fields), Some(score)) = (input.as_object_mut(), score) {
        fields.insert("score".to_owned(), score.into());
    }
    act(&ctx, &number, &key, shared::services::life::RATE, input, "rated").await
}

/// Does it, and leads back to the case with a word of what was done.
async fn act(ctx: &Ctx, number: &str, key: &str, action: Action, input: Value, done: &str) -> Result<(), ActionError> {
    let request = server::cases::Request { number, action: action.0, version: None, key, input };
    let case = server::cases::perform(ctx.store(), &ctx.actor, request).await?;
    let to = format!("/cases/{}", case.number);
    Flash::done(&to, done).leave(&ctx.session).await;
    leptos_axum::redirect(&to);
    Ok(())
}

type View = fn(&Ctx, &CaseView) -> AnyView;

async fn page(ctx: Ctx, number: String, action: Action, title: fn(Lang) -> &'static str, view: View) -> Response {
    match own_case(&ctx, &number).await {
        Err(response) => response,
        Ok((case, _)) if case.may(action).is_none() => see_other(&format!("/cases/{}", case.number)),
        Ok((case, _)) => ctx.page(title(ctx.lang), move |ctx| view(ctx, &case)).into_response(),
    }
}

/// `/cases/{number}/withdraw`
pub async fn withdraw_page(ctx: Ctx, Path(number): Path<String>) -> Response {
    page(ctx, number, WITHDRAW, t::withdraw_title, withdraw_view).await
}

/// `/cases/{number}/object`
pub async fn object_page(ctx: Ctx, Path(number): Path<String>) -> Response {
    page(ctx, number, OBJECT, t::object_title, object_view).await
}

/// `/cases/{number}/rate`
pub async fn rate_page(ctx: Ctx, Path(number): Path<String>) -> Response {
    page(ctx, number, RATE, t::rate_title, rate_view).await
}

fn hidden(case: &CaseView) -> Vec<(&'static str, String)> {
    vec![("number", case.number.clone()), ("key", uuid::Uuid::new_v4().to_string())]
}

fn heading(lang: Lang, case: &CaseView, title: &'static str, lead: Option<&'static str>) -> AnyView {
    let caption = format!("{} · {}", case.title(lang), t::number_line(lang, &case.number));
    view! {
        <BackLink href=format!("/cases/{}", case.number) text=t::back_to_case(lang)/>
        <PageHeading title=title caption=caption lead=lead/>
    }
    .into_any()
}

fn withdraw_view(ctx: &Ctx, case: &CaseView) -> AnyView {
    let lang = ctx.lang;
    let back = format!("/cases/{}", case.number);
    let words = if case.state == OBJECTED.0 { t::withdraw_objection_words(lang) } else { t::withdraw_words(lang) };
    view! {
        {heading(lang, case, t::withdraw_title(lang), Some(words))}
        <PostForm action=Withdraw::PATH hidden=hidden(case)>
            <div class="button-row">
                <Button text=t::withdraw_button(lang) kind=ButtonKind::Danger/>
                <LinkButton href=back text=t::keep_button(lang) kind=ButtonKind::Secondary/>
            </div>
        </PostForm>
    }
    .into_any()
}

fn object_view(ctx: &Ctx, case: &CaseView) -> AnyView {
    let lang = ctx.lang;
    let value = ctx.flash.value("sentence");
    let props = ctx.field("sentence", t::object_sentence(lang)).hint(t::object_hint(lang)).required();
    view! {
        {heading(lang, case, t::object_title(lang), Some(t::object_lead(lang)))}
        <PostForm action=Object::PATH hidden=hidden(case)>
            <TextArea field=props value=value/>
            <div class="button-row"><Button text=t::object_button(lang)/></div>
        </PostForm>
    }
    .into_any()
}

fn rate_view(ctx: &Ctx, case: &CaseView) -> AnyView {
    let lang = ctx.lang;
    let level = |score: u8| Choice::new(score.to_string(), t::find(lang, &format!("rate_{score}")).unwrap_or_default());
    let levels = (1..=5).rev().map(level).collect();
    let (score, written) = (ctx.flash.value("score"), ctx.flash.value("comment"));
    let question = ctx.field("score", t::rate_question(lang)).required();
    let comment = ctx.field("comment", t::rate_comment(lang)).hint(t::rate_comment_hint(lang));
    let comment = comment.marker(shared::texts::services_pages::optional(lang));
    view! {
        {heading(lang, case, t::rate_title(lang), Some(t::rate_lead(lang)))}
        <PostForm action=Rate::PATH hidden=hidden(case)>
            <Rating field=question levels=levels value=score/>
            <TextArea field=comment value=written rows=3/>
            <div class="button-row"><Button text=t::rate_button(lang)/></div>
        </PostForm>
    }
    .into_any()
}
