//! The one table of routes: path, who may enter, handler. The router is built from it, and the matrix of rights
//! walks it.

use super::{
    call,
    page::{self, Told},
    visit::{App, Visit},
};
use crate::home;
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use server::account::gate::Access::{self, Anyone};
use shared::Problem;

/// A row of the table: a page under a path.
#[derive(Debug)]
pub struct PageRoute {
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may enter.
    pub access: Access,
}

macro_rules! pages {
    ($($path:literal, $access:expr => $handler:path;)+) => {
        /// Every page there is.
        pub const PAGES: &[PageRoute] = &[$(PageRoute { path: $path, access: $access }),+];

        fn pages(app: &App) -> Router<App> {
            let mut router = Router::new();
            $(router = router.route($path, get($handler).layer(middleware::from_fn_with_state((app.clone(), $access), enter)));)+
            router
        }
    };
}

pages! {
    "/", Anyone => home::home;
}

/// Asks the gate before a page is loaded.
async fn enter(State((app, access)): State<(App, Access)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    match visit.and_then(|v| app.city.store.gate.enter(access, &v.actor).map_err(Told)) {
        Ok(()) => next.run(request).await,
        Err(told) => told.into_response(),
    }
}

async fn nowhere() -> Response {
    Told(Problem::NotFound).into_response()
}

/// The router of everything people and their browsers reach.
pub fn router(app: App) -> Router {
    pages(&app)
        .route("/api/{*name}", axum::routing::post(call::server_function))
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(app.clone(), page::render))
        .with_state(app)
}
