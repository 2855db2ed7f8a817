//! `/live`: events by which a page learns that what it shows has changed.

use crate::http::{page::Told, visit::Visit};
use axum::{
    extract::Query,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use server::http::live::{Watch, authorise};

/// The header by which a browser says what it saw last (HTML Living Standard, 9.2.4).
const LAST: &str = "last-event-id";

/// `/live?case=NUMBER`, `/live?queue=ORGANISATION`, `/live?inbox`
pub async fn live(visit: Visit, Query(watch): Query<Watch>, headers: HeaderMap) -> Response {
    match authorise(visit.store(), &visit.actor, &watch).await {
        Ok(topics) => {
            let last = headers.get(LAST).and_then(|v| v.to_str().ok());
            visit.app.city.live.sse(topics, last).into_response()
        }
        Err(error) => Told(visit.problem(error)).into_response(),
    }
}
