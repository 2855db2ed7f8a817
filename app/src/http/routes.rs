//! The one table of routes: path, who may enter, handler. The router is built from it, and the matrix of rights
//! walks it.

use super::{
    call, headers,
    page::{self, Told},
    problem_page,
    visit::{App, Visit},
};
use crate::{
    account,
    care::{self, dispatch, duty, policies},
    cases, finance, home, notices, registry, services,
};
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use care::edge::SOS;
use server::{
    account::gate::Access::{self, Anyone, SignedIn, Staff, Verified},
    http::{
        health, limits,
        origin::same_origin,
        session_store::{PostgresSessions, cookie_name},
    },
};
use shared::{
    Problem,
    account::{
        Permission::{AnswerCalls, DecideCredit, LeadCentre, MakeOffers, ManageStaff, ReadAudit, RespondToCalls, WorkOnCases},
        roles::RESIDENT_LIMITS,
    },
};
use std::path::PathBuf;
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

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

        fn pages(app: &App, which: fn(&str) -> bool) -> Router<App> {
            let mut router = Router::new();
            $(if which($path) {
                router = router.route($path, get($handler).layer(middleware::from_fn_with_state((app.clone(), $access), enter)));
            })+
            router
        }
    };
}

pages! {
    "/", Anyone => home::home;
    "/sign-up", Anyone => account::sign_up::page;
    "/sign-up/code", Anyone => account::sign_up::code_page;
    "/sign-in", Anyone => account::sign_in::page;
    "/sign-in/code", SignedIn => account::second_factor::page;
    "/reset", Anyone => account::reset::page;
    "/reset/code", Anyone => account::reset::code_page;
    "/reset/{token}", Anyone => account::reset::link_page;
    "/invitation/{token}", Anyone => account::invitation::page;
    "/me", SignedIn => account::me::page;
    "/me/identity", SignedIn => account::identity::page;
    "/me/password", SignedIn => account::password::page;
    "/me/sessions", SignedIn => account::sessions::page;
    "/me/second-factor", SignedIn => account::totp::page;
    "/me/family", Verified => account::family::page;
    "/me/family/{id}", Verified => account::family::code_page;
    "/me/data", Verified => registry::my_data::page;
    "/ui", Anyone => ui_page;
    "/services", Anyone => services::catalogue::page;
    "/services/{code}", Anyone => services::item::page;
    "/services/{code}/eligibility", Verified => services::eligibility::page;
    "/drafts/{id}", Verified => services::draft::page;
    "/drafts/{id}/check", Verified => services::check::page;
    "/drafts/{id}/{page}", Verified => services::page::page;
    "/files/{id}", SignedIn => services::files::page;
    "/cases", Verified => cases::mine::page;
    "/cases/{number}", SignedIn => cases::case::page;
    "/cases/{number}/sent", SignedIn => cases::sent::page;
    "/cases/{number}/correct", SignedIn => cases::correct::page;
    "/cases/{number}/withdraw", SignedIn => cases::wishes::withdraw_page;
    "/cases/{number}/object", SignedIn => cases::wishes::object_page;
    "/cases/{number}/rate", SignedIn => cases::wishes::rate_page;
    "/finance", Verified => finance::firm::page;
    "/finance/new", Verified => finance::publish::page;
    "/finance/demands/{number}", Verified => finance::demand::page;
    "/finance/demands/{number}/consent", Verified => finance::consent::page;
    "/finance/demands/{number}/offers/{id}", Verified => finance::offer::page;
    "/bank", Staff(MakeOffers) => finance::bank::page;
    "/bank/products", Staff(MakeOffers) => finance::products::page;
    "/bank/products/new", Staff(DecideCredit) => finance::products::new_page;
    "/bank/products/{id}", Staff(DecideCredit) => finance::products::one_page;
    "/bank/{number}", Staff(MakeOffers) => finance::bank_demand::page;
    "/bank/{number}/{action}", Staff(MakeOffers) => finance::bank_action::page;
    "/live", SignedIn => cases::live::live;
    "/care", Verified => care::home::page;
    "/care/sos", Anyone => care::sos::page;
    "/care/profile", Verified => care::profile::page;
    "/care/contacts", Verified => care::contacts::page;
    "/care/contacts/{id}", Verified => care::contacts::edit_page;
    "/care/devices", Verified => care::devices::page;
    "/care/calls/{number}", SignedIn => care::call::page;
    "/inbox", SignedIn => notices::inbox::page;
    "/admin", Staff(ManageStaff) => account::staff::page;
    "/admin/organisations", Staff(ManageStaff) => account::organisations::page;
    "/admin/organisations/centre", Staff(ManageStaff) => account::partners::centre_page;
    "/admin/organisations/bank", Staff(ManageStaff) => account::partners::bank_page;
    "/admin/organisations/{id}", Staff(ManageStaff) => account::organisations::one_page;
    "/admin/warnings", Staff(ManageStaff) => account::warnings::page;
    "/desk", Staff(WorkOnCases) => cases::queue::page;
    "/desk/queue.csv", Staff(WorkOnCases) => cases::queue::csv;
    "/desk/absences", Staff(WorkOnCases) => account::absences::page;
    "/desk/{number}", Staff(WorkOnCases) => cases::desk_case::page;
    "/desk/{number}/{action}", Staff(WorkOnCases) => cases::desk_action::page;
    "/dispatch", Staff(AnswerCalls) => dispatch::board::page;
    "/dispatch/figures", Staff(LeadCentre) => dispatch::figures::page;
    "/dispatch/figures.csv", Staff(LeadCentre) => dispatch::figures::csv;
    "/dispatch/duty", Staff(AnswerCalls) => duty::page;
    "/dispatch/policies", Staff(LeadCentre) => policies::page;
    "/dispatch/{number}", Staff(AnswerCalls) => dispatch::call::page;
    "/dispatch/{number}/{action}", Staff(AnswerCalls) => dispatch::action::page;
    "/respond", Staff(RespondToCalls) => care::respond::page;
    "/respond/{number}/{step}", Staff(RespondToCalls) => care::respond_step::page;
    "/audit", Staff(ReadAudit) => cases::audit::list;
    "/audit/staff", Staff(ReadAudit) => account::administration::page;
    "/audit/{number}", Staff(ReadAudit) => cases::audit::case;
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

/// The gallery of the design system: with the demo city alone.
async fn ui_page(visit: Visit) -> Response {
    if !visit.app.city.config.demo {
        return nowhere().await;
    }
    page::answer(Ok(visit.page("UI", |visit| crate::ui::gallery::gallery(visit.lang))))
}

async fn nowhere() -> Response {
    Told(Problem::NotFound).into_response()
}

/// An address with the character NUL, which no text that is kept contains, is of nothing.
async fn without_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") || uri.query().is_some_and(|q| q.contains("%00")) {
        nowhere().await
    } else {
        next.run(request).await
    }
}

/// The page that must open however busy everything else is.
fn is_emergency(path: &str) -> bool {
    path == SOS
}

/// The page of the emergency button: beside the bounds that shed, over connections of its own.
fn emergency(app: &App) -> Router {
    let app = App { city: app.city.emergency(), ..app.clone() };
    let page = pages(&app, is_emergency)
        .layer(middleware::from_fn(without_nul))
        .layer(middleware::from_fn_with_state(app.clone(), page::render))
        .layer(sessions(&app))
        .layer(middleware::from_fn(same_origin))
        .with_state(app.clone());
    limits::never_shed(page, &app.city, 0)
}

/// Pages and server functions.
fn router(app: &App) -> Router {
    pages(app, |path| !is_emergency(path))
        .route("/api/{*name}", axum::routing::post(call::server_function))
        .fallback(nowhere)
        .layer(middleware::from_fn(without_nul))
        .layer(middleware::from_fn_with_state(app.clone(), page::render))
        .layer(sessions(app))
        .layer(middleware::from_fn(same_origin))
        .with_state(app.clone())
}

/// The cookie of the session: `__Host-` with `Secure` over https; Lax, so that a link in a mail does not make people
/// look signed out (the origin check guards what changes anything).
fn sessions(app: &App) -> SessionManagerLayer<PostgresSessions> {
    let https = app.city.config.https();
    SessionManagerLayer::new(PostgresSessions::new(app.city.store.clone()))
        .with_name(cookie_name(https))
        .with_secure(https)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::minutes(i64::from(RESIDENT_LIMITS.0))))
}

/// Files of the built site: hashed ones for ever, the few with fixed names for an hour.
fn files(app: &App) -> Router {
    let root = PathBuf::from(app.leptos.site_root.as_ref());
    let cached = |value| SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static(value));
    let pkg = ServeDir::new(root.join(app.leptos.site_pkg_dir.as_ref())).precompressed_br().precompressed_gzip();
    let mut fixed = Router::new();
    for name in std::fs::read_dir(&root).into_iter().flatten().flatten().filter_map(|f| f.file_name().into_string().ok()) {
        let path = root.join(&name);
        if path.is_file() {
            fixed = fixed.route_service(&format!("/{name}"), ServeFile::new(path));
        }
    }
    Router::new()
        .nest_service("/pkg", tower::ServiceBuilder::new().layer(cached("public, max-age=31536000, immutable")).service(pkg))
        .merge(fixed.layer(cached("public, max-age=3600")))
}

/// Everything: what people and their browsers reach, behind the layers that hold for all of it.
pub fn service(app: App) -> Router {
    // Rendering spawns; it is fine when this was said before.
    let _ = any_spawner::Executor::init_tokio();
    limits::around(router(&app), &app.city)
        .merge(emergency(&app))
        .merge(care::edge::router(&app))
        .merge(files(&app))
        .merge(health::router(app.city))
        .layer(middleware::from_fn(problem_page::turned_away))
        .layer(middleware::map_response(|mut response: Response| async {
            headers::common(response.headers_mut());
            response
        }))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}
