//! A page: a title, a skin and a view, rendered on the server as one document.
//!
//! Handlers are plain functions that load what they show and return a [`Page`]; the layer [`render`] turns it into HTML
//! with the frame, the nonce and the scripts of the islands. Everything is loaded before rendering begins, so that
//! status and cookies are never too late.

use super::{
    headers, problem_page,
    visit::{App, Visit},
};
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::*};
use shared::Problem;
use std::sync::Arc;

/// Which frame a page stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skin {
    /// Residents: phone first, one column.
    Resident,
    /// Staff: dense, for a desk.
    Desk,
}

/// What a handler returns.
pub type PageResult = Result<Page, Problem>;

/// A page to be rendered.
#[derive(Clone)]
pub struct Page {
    pub(super) visit: Visit,
    pub(super) title: String,
    pub(super) skin: Skin,
    pub(super) status: StatusCode,
    /// Whether it warns before the session ends; a page that asks for presence does that instead.
    pub(super) guarded: bool,
    pub(super) body: Arc<dyn Fn(&Visit) -> AnyView + Send + Sync>,
}

impl Visit {
    /// A page for residents.
    pub fn page(&self, title: impl Into<String>, body: impl Fn(&Visit) -> AnyView + Send + Sync + 'static) -> Page {
        Page {
            visit: self.clone(),
            title: title.into(),
            skin: Skin::Resident,
            status: StatusCode::OK,
            guarded: true,
            body: Arc::new(body),
        }
    }

    /// A page for a desk.
    pub fn desk_page(&self, title: impl Into<String>, body: impl Fn(&Visit) -> AnyView + Send + Sync + 'static) -> Page {
        Page { skin: Skin::Desk, ..self.page(title, body) }
    }
}

impl Page {
    /// With another status.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// That asks by itself whether somebody is there, and prolongs the session while they are: no second question.
    #[must_use]
    pub fn asks_for_presence(self) -> Self {
        Self { guarded: false, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem that a handler returned, on its way to [`render`].
#[derive(Clone, Debug)]
pub struct Told(pub Problem);

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Runs a page's loader and passes its page or problem on to [`render`].
pub fn answer(result: PageResult) -> Response {
    match result {
        Ok(page) => page.into_response(),
        Err(problem) => Told(problem).into_response(),
    }
}

/// The layer that renders pages and problems.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let uri = request.uri().clone();
    let wants_html = super::call::wants_html(request.headers());
    let mut response = next.run(request).await;
    let page = match (response.extensions_mut().remove::<Page>(), response.extensions_mut().remove::<Told>()) {
        (Some(page), _) => page,
        (None, Some(Told(problem))) => match &visit {
            Ok(visit) if wants_html => match problem_page::redirect(visit, &problem) {
                Some(redirect) => return redirect,
                None => problem_page::page(visit, problem),
            },
            _ => return problem_page::json(&problem),
        },
        (None, None) => return response,
    };
    let headers = std::mem::take(response.headers_mut());
    let mut rendered = document(&app, page, uri).await;
    rendered.headers_mut().extend(headers);
    rendered
}

async fn document(app: &App, page: Page, uri: axum::http::Uri) -> Response {
    let nonce: Arc<str> = uuid::Uuid::new_v4().simple().to_string().into();
    let options = app.leptos.clone();
    let Ok(request) = Request::builder().uri(uri).body(Body::empty()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (status, personal) = (page.status, page.visit.actor.account.is_some());
    let for_view = Arc::clone(&nonce);
    let renderer = leptos_axum::render_app_async_with_context(
        move || provide_context(Nonce::from_value(Arc::clone(&for_view))),
        move || super::frame::document(&page, &options),
    );
    let mut response = renderer(request).await.into_response();
    *response.status_mut() = status;
    headers::secure(response.headers_mut(), &nonce);
    if personal {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
