//! The table of machine endpoints: path, credential, method, handler. The router is built from it, and the rights tests walk
//! it.

use crate::{
    care::{
        intake::api::{BODY_BYTES, act, alarm, press},
        paths::CALLS,
    },
    http::{
        api_route::{ApiRoute, Credential},
        context::App,
    },
};
use axum::{
    Router,
    middleware::from_fn,
    routing::{MethodFilter, on},
};
use server::http::{limits, origin::same_origin};

/// Every endpoint that is neither a page nor a server function.
pub const API_ROUTES: &[ApiRoute] = &[
    ApiRoute { path: CALLS, credential: Credential::Nothing, method: MethodFilter::POST, handler: |method| on(method, press) },
    ApiRoute {
        path: "/api/care/calls/{act}",
        credential: Credential::OwnCall,
        method: MethodFilter::POST,
        handler: |method| on(method, act),
    },
    ApiRoute {
        path: "/api/care/alarms",
        credential: Credential::Device,
        method: MethodFilter::POST,
        handler: |method| on(method, alarm),
    },
];

/// Routes the endpoints, all of which take emergency calls: outside the load limits of [`limits::with_limits`], with database
/// connections of their own.
pub fn router(app: &App) -> Router {
    let bind = |router: Router<App>, route: &ApiRoute| router.route(route.path, (route.handler)(route.method));
    let routes = API_ROUTES
        .iter()
        .fold(Router::new(), bind)
        .layer(from_fn(same_origin))
        .with_state(App { state: app.state.for_emergency(), ..app.clone() });
    limits::with_emergency_limits(routes, &app.state, BODY_BYTES)
}
