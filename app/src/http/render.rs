//! The layer that renders pages and problems. The site passes in the function that draws the whole document.

use super::{
    context::{App, Ctx},
    headers,
    page::Page,
    problem_page,
    problem_response::ProblemResponse,
    request::{request_id_of, wants_html},
};
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::*};
use std::sync::Arc;

/// Draws the document of a page: head, frame and content.
pub type Document = fn(&Page, &LeptosOptions) -> AnyView;

/// Renders the page or the problem that a handler returned; other responses pass unchanged.
pub async fn render(State((app, document)): State<(App, Document)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ctx = Ctx::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let uri = request.uri().clone();
    let (wants_html, request_id) = (wants_html(request.headers()), request_id_of(request.headers()));
    let mut response = next.run(request).await;
    let page = match (response.extensions_mut().remove::<Page>(), response.extensions_mut().remove::<ProblemResponse>()) {
        (Some(page), _) => page,
        (None, Some(error)) => {
            let problem = error.into_problem(&request_id);
            match &ctx {
                Ok(ctx) if wants_html => match problem_page::redirect(ctx, &problem) {
                    Some(redirect) => return redirect,
                    None => problem_page::page(ctx, problem),
                },
                _ => return problem_page::json(&problem),
            }
        }
        (None, None) => return response,
    };
    let headers = std::mem::take(response.headers_mut());
    let mut rendered = render_page(&app, document, page, uri).await;
    rendered.headers_mut().extend(headers);
    rendered
}

async fn render_page(app: &App, document: Document, page: Page, uri: axum::http::Uri) -> Response {
    let nonce: Arc<str> = uuid::Uuid::new_v4().simple().to_string().into();
    let options = app.leptos.clone();
    let Ok(request) = Request::builder().uri(uri).body(Body::empty()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (status, personal) = (page.status, page.ctx.actor.account.is_some());
    let for_view = Arc::clone(&nonce);
    let renderer = leptos_axum::render_app_async_with_context(
        move || provide_context(Nonce::from_value(Arc::clone(&for_view))),
        move || document(&page, &options),
    );
    let mut response = renderer(request).await.into_response();
    *response.status_mut() = status;
    headers::secure(response.headers_mut(), &nonce);
    if personal {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
