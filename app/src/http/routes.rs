//! The one table of routes: path, who may enter, handler. The router is built from it, and the matrix of rights
//! walks it.

use super::{
    call,
    page::{self, Told},
    visit::{App, Visit},
};
use crate::{account, admin, cases, desk, home, inbox, services};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use server::account::gate::Access::{self, Anyone, SignedIn, Staff, Verified};
use shared::{Problem, account::Permission::{ManageStaff, ReadAudit, WorkOnCases}};

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
    "/", Anyone => home::page::home;
    "/sign-up", Anyone => account::pages::sign_up;
    "/sign-up/code", Anyone => account::pages::sign_up_code;
    "/sign-in", Anyone => account::pages::sign_in;
    "/sign-in/code", SignedIn => account::pages::second_factor;
    "/reset", Anyone => account::pages::reset;
    "/reset/code", Anyone => account::pages::reset_code;
    "/reset/{token}", Anyone => account::pages::reset_link;
    "/invitation/{token}", Anyone => account::pages::invitation;
    "/me", SignedIn => account::pages::me;
    "/me/identity", SignedIn => account::pages::identity;
    "/me/password", SignedIn => account::pages::password;
    "/me/sessions", SignedIn => account::pages::sessions;
    "/me/second-factor", SignedIn => account::pages::totp;
    "/me/family", Verified => account::pages::family;
    "/me/data", Verified => account::pages::my_data;
    "/inbox", SignedIn => inbox::page::inbox;
    "/services", Anyone => services::pages::catalogue;
    "/services/{code}", Anyone => services::pages::item;
    "/services/{code}/eligibility", Verified => services::pages::eligibility;
    "/drafts/{id}", Verified => services::form_pages::tasks;
    "/drafts/{id}/check", Verified => services::form_pages::check;
    "/drafts/{id}/{page}", Verified => services::form_pages::question;
    "/cases", Verified => cases::pages::mine;
    "/cases/{number}", SignedIn => cases::pages::case;
    "/cases/{number}/sent", Verified => cases::pages::sent;
    "/cases/{number}/correct", Verified => cases::pages::correct;
    "/files/{id}", SignedIn => services::files::file;
    "/desk", Staff(WorkOnCases) => desk::pages::queue;
    "/desk/queue.csv", Staff(WorkOnCases) => desk::pages::queue_csv;
    "/desk/{number}", Staff(WorkOnCases) => desk::pages::case;
    "/desk/{number}/{action}", Staff(WorkOnCases) => desk::pages::action;
    "/audit", Staff(ReadAudit) => desk::audit_pages::overview;
    "/audit/{number}", Staff(ReadAudit) => desk::audit_pages::case;
    "/admin", Staff(ManageStaff) => admin::pages::staff;
    "/admin/warnings", Staff(ManageStaff) => admin::pages::warnings;
    "/live", SignedIn => cases::live::stream;
}

/// Asks the gate before a page is loaded.
async fn enter(
    State((app, access)): State<(App, Access)>,
    visit: Result<Visit, Problem>,
    request: Request,
    next: Next,
) -> Response {
    match visit.and_then(|v| app.city.store.gate.enter(access, &v.actor)) {
        Ok(()) => next.run(request).await,
        Err(problem) => Told(problem).into_response(),
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
