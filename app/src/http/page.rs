//! The page type: a title, a layout and a view, rendered on the server as one document.
//!
//! Handlers are plain functions that load their data and return a [`Page`]; the layer of [`super::render`] turns it into
//! HTML. Everything is loaded before rendering begins, so that status and cookies can still be set.

use super::{context::Ctx, problem_response::ProblemResponse};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use leptos::prelude::AnyView;
use std::sync::Arc;

/// The layout of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Residents: phone first, one column.
    Resident,
    /// Staff: dense, for a desk.
    Desk,
}

/// The result of a page handler.
pub type PageResult = Result<Page, ProblemResponse>;

/// A page to be rendered.
#[derive(Clone)]
pub struct Page {
    /// The request.
    pub(crate) ctx: Ctx,
    /// The title of the document, without the site's name.
    pub(crate) title: String,
    /// The layout.
    pub(crate) layout: Layout,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Whether it warns before the session ends; pages with a presence check do not.
    pub(crate) guarded: bool,
    /// Draws the content.
    pub(crate) body: Arc<dyn Fn(&Ctx) -> AnyView + Send + Sync>,
}

impl Ctx {
    /// Makes a page for residents.
    pub fn page(&self, title: impl Into<String>, body: impl Fn(&Ctx) -> AnyView + Send + Sync + 'static) -> Page {
        Page {
            ctx: self.clone(),
            title: title.into(),
            layout: Layout::Resident,
            status: StatusCode::OK,
            guarded: true,
            body: Arc::new(body),
        }
    }

    /// Makes a page for a desk.
    pub fn desk_page(&self, title: impl Into<String>, body: impl Fn(&Ctx) -> AnyView + Send + Sync + 'static) -> Page {
        Page { layout: Layout::Desk, ..self.page(title, body) }
    }
}

impl Page {
    /// Sets another status.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Marks a page that checks presence itself and prolongs the session meanwhile, so that the session warning is not needed.
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
