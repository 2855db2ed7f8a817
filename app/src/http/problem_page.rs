//! Problem pages and JSON problem documents (RFC 9457).

use super::{context::Ctx, page::Page, redirect::see_other, request::wants_html};
use crate::ui;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use server::http::refusal::Refused;
use shared::{Problem, account::Permission, texts};

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
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
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
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
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

/// Renders refusals that happen before a page can be made (rate, size or load limits) in both languages, without session or
/// store.
pub async fn render_refusals(request: Request, next: Next) -> Response {
    let html = wants_html(request.headers());
    let response = next.run(request).await;
    let Some(Refused(problem)) = response.extensions().get::<Refused>().filter(|_| html) else { return response };
    let (zh, en) = (shared::Lang::Zh, shared::Lang::En);
    let body = format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{}</title></head><body><main><h1>{}</h1><p>{}</p>\
         <div lang=\"en\"><h2>{}</h2><p>{}</p></div></main></body></html>",
        problem.title(zh),
        problem.title(zh),
        problem.detail(zh),
        problem.title(en),
        problem.detail(en),
    );
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body.into())
}
