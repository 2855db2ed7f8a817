//! `/live`: the event stream that notifies pages of changes.

use crate::http::{context::Ctx, problem_response::ProblemResponse};
use axum::{
    extract::Query,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use server::http::watch::{Watch, authorise};

/// The header with the id of the last event that the browser received (HTML Living Standard, 9.2.4).
const LAST: &str = "last-event-id";

/// `/live?case=NUMBER`, `/live?queue=ORGANISATION`, `/live?inbox`
pub async fn live(ctx: Ctx, Query(watch): Query<Watch>, headers: HeaderMap) -> Response {
    match authorise(ctx.store(), &ctx.actor, &watch).await {
        Ok(topics) => {
            let last = headers.get(LAST).and_then(|v| v.to_str().ok());
            ctx.app.state.live.sse(topics, last).into_response()
        }
        Err(error) => ProblemResponse::from(error).into_response(),
    }
}
