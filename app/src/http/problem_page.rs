//! Problem pages and JSON problem documents (RFC 9457).

use super::{
    context::Ctx,
    headers,
    page::Page,
    redirect::see_other,
    request::{form_page, wants_html},
};
use crate::ui;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use server::http::refusal::{Refused, status_of};
use shared::{Lang, Problem, account::Permission, texts};
use std::sync::Arc;

/// Redirects to the step that resolves the problem: sign-in, second factor or real-name check.
#[must_use]
pub fn redirect(ctx: &Ctx, problem: &Problem) -> Option<Response> {
    let target = match problem {
        Problem::SignInFirst => "/sign-in",
        Problem::SecondFactorFirst => "/sign-in/code",
        Problem::RealNameFirst => "/me/identity",
        _ => return None,
    };
    let next: String = serde_urlencoded::to_string([("next", &ctx.path)]).unwrap_or_default();
    Some(see_other(&format!("{target}?{next}")))
}

/// Makes the problem page.
#[must_use]
pub fn page(ctx: &Ctx, problem: Problem) -> Page {
    let status = status_of(&problem);
    let title = problem.title(ctx.lang);
    ctx.page(title, move |ctx| view(ctx, &problem)).status(status)
}

fn view(ctx: &Ctx, problem: &Problem) -> AnyView {
    let lang = ctx.lang;
    let back = match problem {
        Problem::Conflict { number, .. } if !number.is_empty() => {
            const DESKS: [(Permission, &str); 2] = [(Permission::AnswerCalls, "dispatch"), (Permission::WorkOnCases, "desk")];
            let module = DESKS.iter().find(|(permission, _)| ctx.actor.may(*permission)).map_or("cases", |(_, module)| module);
            Some((format!("/{module}/{number}"), texts::http::to_the_case(lang)))
        }
        _ => None,
    };
    let now = match problem {
        Problem::Conflict { state, .. } => {
            texts::cases::find(lang, &format!("state_{state}")).map(|s| texts::http::state_now(lang, s))
        }
        _ => None,
    };
    let allowed: Vec<&'static str> = match problem {
        Problem::Conflict { allowed, .. } => {
            allowed.iter().filter_map(|a| texts::cases::find(lang, &format!("action_{a}"))).collect()
        }
        _ => Vec::new(),
    };
    let retry = matches!(problem, Problem::TooMany { .. } | Problem::Unavailable { .. });
    let reference = ctx.request_id.clone();
    view! {
        <h1>{problem.title(lang)}</h1>
        <p class="lead">{problem.detail(lang)}</p>
        {now.map(|text| view! { <p>{text}</p> })}
        {(!allowed.is_empty()).then(|| view! {
            <p>{texts::http::allowed_now(lang)}</p>
            <ul>{allowed.into_iter().map(|a| view! { <li>{a}</li> }).collect_view()}</ul>
        })}
        <p class="actions">
            {back.map(|(href, text)| view! { <ui::LinkButton href=href text=text/> })}
            {retry.then(|| view! { <ui::LinkButton href=ctx.path.clone() text=texts::http::try_again(lang)/> })}
            <a href="/">{texts::http::to_home(lang)}</a>
        </p>
        <p class="hint">{texts::http::reference(lang, reference)}</p>
    }
    .into_any()
}

/// Makes the JSON problem document.
#[must_use]
pub fn json(problem: &Problem) -> Response {
    let status = status_of(problem);
    let lang = shared::Lang::En;
    let mut document = serde_json::to_value(problem).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("type".into(), format!("https://huimin.example/problems/{}", problem.code()).into());
        fields.insert("title".into(), problem.title(lang).into());
        fields.insert("status".into(), problem.status().into());
        fields.insert("detail".into(), problem.detail(lang).into());
    }
    let mut response = (status, document.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Problem::TooMany { retry_after } | Problem::Unavailable { retry_after } = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    response
}

/// The problem of a response that no handler of a page made: a refusal of a limit, or an error of the router, such as an
/// address that cannot be decoded. Responses with content of their own have none.
fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(Refused(problem)) = response.extensions().get::<Refused>() {
        return Some(problem.clone());
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    if kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return None;
    }
    Some(match response.status() {
        StatusCode::BAD_REQUEST => Problem::Unreadable,
        StatusCode::FORBIDDEN => Problem::Forbidden,
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        _ => return None,
    })
}

/// Gives every refusal without a page of its own (limits on rate, size and load, errors of the router) a body: the problem
/// document, or for browsers a page in both languages, which needs neither session nor store. `style`: the style sheet's address.
pub async fn render_refusals(State(style): State<Arc<str>>, request: Request, next: Next) -> Response {
    let html = wants_html(request.headers());
    let referer = request.headers().get(header::REFERER).cloned();
    let response = next.run(request).await;
    let Some(problem) = problem_of(&response) else { return response };
    let mut rendered = if html { bilingual(&problem, &style, &form_page(referer.as_ref())) } else { json(&problem) };
    // Headers of the refusal, such as `Allow`, stay; those that describe its body are replaced.
    let (mut refused, _) = response.into_parts();
    refused.headers.remove(header::CONTENT_TYPE);
    refused.headers.remove(header::CONTENT_LENGTH);
    rendered.headers_mut().extend(refused.headers);
    rendered
}

/// A page in both languages that leads back to the page of the form.
fn bilingual(problem: &Problem, style: &str, back: &str) -> Response {
    let status = status_of(problem);
    let part = |lang: Lang| {
        let (title, detail) = (problem.title(lang), problem.detail(lang));
        let links = view! {
            <p class="actions">
                <a href=back.to_owned()>{texts::http::back_and_retry(lang)}</a>
                <a href="/">{texts::http::to_home(lang)}</a>
            </p>
        };
        match lang {
            Lang::Zh => view! { <h1>{title}</h1> <p class="lead">{detail}</p> {links} }.into_any(),
            Lang::En => view! { <div lang="en"><h2>{title}</h2> <p class="lead">{detail}</p> {links}</div> }.into_any(),
        }
    };
    let main = view! { <main id="main">{part(Lang::Zh)} {part(Lang::En)}</main> }.to_html();
    let title = problem.title(Lang::Zh);
    let body = format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title><link rel=\"stylesheet\" href=\"{style}\"></head>\
         <body>{main}</body></html>"
    );
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers::secure(response.headers_mut(), "none");
    response
}
