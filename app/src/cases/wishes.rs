//! What an applicant may do with a case besides correcting it: withdraw it, object to a refusal, rate it. Each on a page
//! of its own, so that nothing is lost while the case's page renews itself.

use crate::{
    cases::case::own_case,
    http::{Refusal, call::see_other, flash::Flash, page::answer, visit::Visit},
    ui::{BackLink, Button, ButtonKind, Choice, LinkButton, PageHeading, PostForm, Rating, TextArea},
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use serde_json::Value;
use shared::{
    Lang,
    cases::{Action, CaseView},
    services::life::{OBJECT, OBJECTED, RATE, WITHDRAW},
    texts::cases_pages as t,
};

/// Withdraws an application or an objection.
#[server(prefix = "/api", endpoint = "cases/withdraw")]
pub async fn withdraw(number: String, key: String) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::SignedIn).await?;
    act(&visit, &number, &key, shared::services::life::WITHDRAW, serde_json::json!({}), "withdrawn").await
}

/// Objects to a refusal.
#[server(prefix = "/api", endpoint = "cases/object")]
pub async fn object(number: String, key: String, sentence: Option<String>) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::SignedIn).await?;
    let input = serde_json::json!({ "sentence": sentence.unwrap_or_default() });
    act(&visit, &number, &key, shared::services::life::OBJECT, input, "objected").await
}

/// Rates the service.
#[server(prefix = "/api", endpoint = "cases/rate")]
pub async fn rate(number: String, key: String, score: Option<String>, comment: Option<String>) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::SignedIn).await?;
    let mut input = serde_json::json!({ "comment": comment.unwrap_or_default() });
    if let (Some(fields), Some(score)) = (input.as_object_mut(), score) {
        fields.insert("score".to_owned(), score.into());
    }
    act(&visit, &number, &key, shared::services::life::RATE, input, "rated").await
}

/// Does it, and leads back to the case with a word of what was done.
async fn act(visit: &Visit, number: &str, key: &str, action: Action, input: Value, done: &str) -> Result<(), Refusal> {
    let wish = server::cases::Request { number, action: action.0, version: None, key, input };
    let case = server::cases::perform(visit.store(), &visit.actor, wish).await?;
    let to = format!("/cases/{}", case.number);
    Flash::done(&to, done).leave(&visit.session).await;
    leptos_axum::redirect(&to);
    Ok(())
}

type View = fn(&Visit, &CaseView) -> AnyView;

async fn page(visit: Visit, number: String, action: Action, title: fn(Lang) -> &'static str, view: View) -> Response {
    match own_case(&visit, &number).await {
        Err(response) => response,
        Ok((case, _)) if case.may(action).is_none() => see_other(&format!("/cases/{}", case.number)),
        Ok((case, _)) => answer(Ok(visit.page(title(visit.lang), move |visit| view(visit, &case)))),
    }
}

/// `/cases/{number}/withdraw`
pub async fn withdraw_page(visit: Visit, Path(number): Path<String>) -> Response {
    page(visit, number, WITHDRAW, t::withdraw_title, withdraw).await
}

/// `/cases/{number}/object`
pub async fn object_page(visit: Visit, Path(number): Path<String>) -> Response {
    page(visit, number, OBJECT, t::object_title, object).await
}

/// `/cases/{number}/rate`
pub async fn rate_page(visit: Visit, Path(number): Path<String>) -> Response {
    page(visit, number, RATE, t::rate_title, rate).await
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

fn withdraw(visit: &Visit, case: &CaseView) -> AnyView {
    let lang = visit.lang;
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

fn object(visit: &Visit, case: &CaseView) -> AnyView {
    let lang = visit.lang;
    let value = visit.flash.value("sentence");
    let ask = visit.ask("sentence", t::object_sentence(lang)).hint(t::object_hint(lang)).required();
    view! {
        {heading(lang, case, t::object_title(lang), Some(t::object_lead(lang)))}
        <PostForm action=Object::PATH hidden=hidden(case)>
            <TextArea ask=ask value=value/>
            <div class="button-row"><Button text=t::object_button(lang)/></div>
        </PostForm>
    }
    .into_any()
}

fn rate(visit: &Visit, case: &CaseView) -> AnyView {
    let lang = visit.lang;
    let level = |score: u8| Choice::new(score.to_string(), t::find(lang, &format!("rate_{score}")).unwrap_or_default());
    let levels = (1..=5).rev().map(level).collect();
    let (score, written) = (visit.flash.value("score"), visit.flash.value("comment"));
    let question = visit.ask("score", t::rate_question(lang)).required();
    let comment = visit.ask("comment", t::rate_comment(lang)).hint(t::rate_comment_hint(lang));
    let comment = comment.marker(shared::texts::services_pages::optional(lang));
    view! {
        {heading(lang, case, t::rate_title(lang), Some(t::rate_lead(lang)))}
        <PostForm action=Rate::PATH hidden=hidden(case)>
            <Rating ask=question levels=levels value=score/>
            <TextArea ask=comment value=written rows=3/>
            <div class="button-row"><Button text=t::rate_button(lang)/></div>
        </PostForm>
    }
    .into_any()
}
