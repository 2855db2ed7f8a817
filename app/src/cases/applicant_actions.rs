//! Actions of an applicant on a case: withdraw, object to a refusal, rate. Each has a page of its own, because the live
//! region of the case page would lose typed text.

mod actions {
    pub(super) use shared::{
        cases::actions::Withdraw,
        services::actions::{Object, Rate},
    };
}
use super::case::own_case;
use crate::{
    http::{
        act::{Target, new_key},
        action_error::ActionError,
        context::{Ctx, authorize},
        redirect::see_other,
    },
    ui::{BackLink, Button, ButtonKind, Choice, LinkButton, PageHeading, PostForm, Rating, TextArea},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang,
    cases::{Action, ActionInput, CaseView},
    services::life::{OBJECT, OBJECTED, RATE, WITHDRAW},
    texts::cases_pages as t,
};

/// Withdraws an application or an objection.
#[server(prefix = "/api", endpoint = "cases/withdraw")]
pub async fn withdraw(number: String, key: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    act(&ctx, &number, &key, &actions::Withdraw {}, "withdrawn").await
}

/// Objects to a refusal.
#[server(prefix = "/api", endpoint = "cases/object")]
pub async fn object(number: String, key: String, sentence: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let input = actions::Object { sentence: sentence.unwrap_or_default() };
    act(&ctx, &number, &key, &input, "objected").await
}

/// Rates the service.
#[server(prefix = "/api", endpoint = "cases/rate")]
pub async fn rate(number: String, key: String, score: Option<String>, comment: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let input = actions::Rate { score: score.unwrap_or_default(), comment: comment.unwrap_or_default() };
    act(&ctx, &number, &key, &input, "rated").await
}

/// Acts and redirects to the case.
async fn act<I: ActionInput>(ctx: &Ctx, number: &str, key: &str, input: &I, flash: &str) -> Result<(), ActionError> {
    let done = ctx.act(Target { number, version: None, key }, input).await?;
    ctx.finish(&format!("/cases/{}", done.number), flash).await
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
    Target { number: &case.number, version: None, key: &new_key() }.inputs(None)
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
