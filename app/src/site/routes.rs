//! The table of pages: path, access, handler. The router is built from it, and the rights tests walk it.

use super::home;
use crate::{
    account,
    care::{dispatch, intake, people, response},
    cases::{self, desk},
    finance,
    http::{
        context::{App, Ctx},
        page::PageResult,
        problem_response::ProblemResponse,
    },
    notices, registry, services, ui,
};
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use server::access::gate::Access::{self, Anyone, SignedIn, Staff, Verified};
use shared::{
    Problem,
    account::Permission::{
        AnswerCalls, DecideCredit, LeadCentre, MakeOffers, ManageStaff, ReadAudit, RespondToCalls, WorkOnCases,
    },
};

/// One page of the table.
#[derive(Debug)]
pub struct PageRoute {
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The required access.
    pub access: Access,
}

macro_rules! pages {
    ($($path:literal, $access:expr => $handler:path;)+) => {
        /// Every page.
        pub const PAGES: &[PageRoute] = &[$(PageRoute { path: $path, access: $access }),+];

        /// Routes the pages whose path `which` accepts.
        pub(super) fn pages(app: &App, which: fn(&str) -> bool) -> Router<App> {
            let mut router = Router::new();
            $(if which($path) {
                router = router.route($path, get($handler).layer(middleware::from_fn_with_state((app.clone(), $access), authorize_page)));
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
    "/cases/{number}/withdraw", SignedIn => cases::applicant_actions::withdraw_page;
    "/cases/{number}/object", SignedIn => cases::applicant_actions::object_page;
    "/cases/{number}/rate", SignedIn => cases::applicant_actions::rate_page;
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
    "/care", Verified => people::home::page;
    "/care/sos", Anyone => intake::sos::page;
    "/care/profile", Verified => people::profile::page;
    "/care/contacts", Verified => people::contacts::page;
    "/care/contacts/{id}", Verified => people::contacts::edit_page;
    "/care/devices", Verified => people::devices::page;
    "/care/calls/{number}", SignedIn => intake::call::page;
    "/inbox", SignedIn => notices::inbox::page;
    "/admin", Staff(ManageStaff) => account::staff::page;
    "/admin/organisations", Staff(ManageStaff) => account::organisations::page;
    "/admin/organisations/centre", Staff(ManageStaff) => account::partners::centre_page;
    "/admin/organisations/bank", Staff(ManageStaff) => account::partners::bank_page;
    "/admin/organisations/{id}", Staff(ManageStaff) => account::organisations::one_page;
    "/admin/warnings", Staff(ManageStaff) => account::warnings::page;
    "/desk", Staff(WorkOnCases) => desk::queue::page;
    "/desk/queue.csv", Staff(WorkOnCases) => desk::queue::csv;
    "/desk/absences", Staff(WorkOnCases) => account::absences::page;
    "/desk/{number}", Staff(WorkOnCases) => desk::case::page;
    "/desk/{number}/{action}", Staff(WorkOnCases) => desk::action::page;
    "/dispatch", Staff(AnswerCalls) => dispatch::board::page;
    "/dispatch/figures", Staff(LeadCentre) => dispatch::figures::page;
    "/dispatch/figures.csv", Staff(LeadCentre) => dispatch::figures::csv;
    "/dispatch/duty", Staff(AnswerCalls) => dispatch::duty::page;
    "/dispatch/policies", Staff(LeadCentre) => dispatch::policies::page;
    "/dispatch/{number}", Staff(AnswerCalls) => dispatch::call::page;
    "/dispatch/{number}/{action}", Staff(AnswerCalls) => dispatch::action::page;
    "/respond", Staff(RespondToCalls) => response::responder::page;
    "/respond/{number}/{step}", Staff(RespondToCalls) => response::offer_actions::page;
    "/audit", Staff(ReadAudit) => cases::audit::list;
    "/audit/staff", Staff(ReadAudit) => account::administration::page;
    "/audit/{number}", Staff(ReadAudit) => cases::audit::case;
}

/// Checks access before a page is loaded.
async fn authorize_page(State((app, access)): State<(App, Access)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ctx = Ctx::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    match ctx.and_then(|v| app.state.store.gate.enter(access, &v.actor).map_err(ProblemResponse::from)) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The gallery of the design system; only in the demo city.
async fn ui_page(ctx: Ctx) -> PageResult {
    if !ctx.app.state.config.demo {
        return Err(Problem::NotFound.into());
    }
    Ok(ctx.page("UI", |ctx| ui::gallery::gallery(ctx.lang)))
}
