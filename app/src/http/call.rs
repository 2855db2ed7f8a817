//! Calls of server functions: from islands as JSON, from plain forms as POST → 303.
//!
//! Leptos would answer a failed plain form by putting the error into the URL; here the function notes its problem,
//! and this handler answers with the right status: a form's typed values go back to its page through the flash.

use super::{
    flash::Flash,
    page::Told,
    posted::Posted,
    problem_page,
    visit::{App, Visit},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::prelude::{provide_context, use_context};
use server::http::limits::UPLOAD_BYTES;
use shared::Problem;
use std::sync::{Arc, Mutex, PoisonError};

/// Largest body of a form without files, in bytes.
const FORM_BYTES: usize = 256 * 1024;

/// A row's key as a form or an address names it.
///
/// # Errors
/// [`Problem::NotFound`] for what is none: no row has it.
pub fn key<Id: std::str::FromStr>(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

/// Where a server function leaves the problem it ended with.
#[derive(Clone, Debug, Default)]
struct Slot(Arc<Mutex<Option<Problem>>>);

/// The id of the request that is being served, as in its log lines.
#[derive(Clone, Debug)]
struct Reference(String);

/// Notes the problem of the server function that runs.
pub fn note(problem: &Problem) {
    if let Some(Slot(slot)) = use_context::<Slot>() {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
    }
}

/// The id of the request of the server function that runs.
#[must_use]
pub fn reference() -> String {
    use_context::<Reference>().map(|r| r.0).unwrap_or_default()
}

/// The id of a request, set by the outermost layer.
#[must_use]
pub fn reference_of(headers: &HeaderMap) -> String {
    headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// Whether a browser asks for a page, rather than a script for data.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

const PLAIN: &str = "application/x-www-form-urlencoded";

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Reads a posted form whole, also one with files, and leaves its function the body of one without.
async fn read_form(parts: &mut Parts, body: Body) -> Result<(Body, Option<Posted>), Problem> {
    let kind = content_type(&parts.headers).to_owned();
    let bytes = |body, limit| async move { to_bytes(body, limit).await.map_err(|_| Problem::TooLarge) };
    if kind.starts_with(PLAIN) {
        let bytes = bytes(body, FORM_BYTES).await?;
        let posted = Posted::plain(&bytes);
        posted.is_text()?;
        return Ok((Body::from(bytes), Some(posted)));
    }
    if !kind.starts_with("multipart/form-data") {
        return Ok((body, None));
    }
    let posted = Posted::with_files(&kind, bytes(body, UPLOAD_BYTES).await?).await?;
    posted.is_text()?;
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PLAIN));
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok((Body::from(posted.arguments()), Some(posted)))
}

/// The page a form stands on: the path of its `Referer`, which the origin check has seen to be ours.
fn form_page(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<axum::http::Uri>().ok());
    referer.and_then(|uri| uri.path_and_query().map(|p| p.as_str().to_owned())).unwrap_or_else(|| "/".to_owned())
}

/// The handler of `/api/{*name}`.
pub async fn server_function(State(app): State<App>, visit: Result<Visit, Told>, request: Request) -> Response {
    let html = wants_html(request.headers());
    let (mut parts, body) = request.into_parts();
    let (body, form) = match read_form(&mut parts, body).await {
        Ok(read) => read,
        Err(problem) if html => return refused_form(visit, problem, &parts.headers, None).await,
        Err(problem) => return problem_page::json(&problem),
    };
    let slot = Slot::default();
    let context = {
        let (app, slot, reference) = (app, slot.clone(), Reference(reference_of(&parts.headers)));
        let posted = form.clone().unwrap_or_default();
        move || {
            provide_context(posted.clone());
            provide_context(app.clone());
            provide_context(slot.clone());
            provide_context(reference.clone());
        }
    };
    let headers = parts.headers.clone();
    let mut response =
        leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, body)).await.into_response();
    let problem = slot.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    match problem {
        None => {
            if response.status() == StatusCode::FOUND {
                *response.status_mut() = StatusCode::SEE_OTHER;
            }
            response
        }
        Some(problem) if html => refused_form(visit, problem, &headers, form.as_ref()).await,
        Some(problem) => problem_page::json(&problem),
    }
}

async fn refused_form(visit: Result<Visit, Told>, problem: Problem, headers: &HeaderMap, form: Option<&Posted>) -> Response {
    let (Problem::Invalid { errors }, Ok(visit)) = (&problem, visit) else { return Told(problem).into_response() };
    let page = form_page(headers);
    Flash::rejected(&page, form.map(|f| f.pairs().to_vec()).unwrap_or_default(), errors.clone()).leave(&visit.session).await;
    see_other(&page)
}

/// 303 to a path of our own.
#[must_use]
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, own_path(path).to_owned())]).into_response()
}

/// The path if it is one of ours, `/` otherwise: no redirect leads out of the house. Browsers read `\` as `/` and
/// drop tabs and line breaks before they look at an address (WHATWG URL, 4.4), so only plain printed ASCII passes.
#[must_use]
pub fn own_path(path: &str) -> &str {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if path.starts_with('/') && !path.starts_with("//") && plain { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_redirect_leads_out_of_the_house() {
        for ours in ["/", "/me", "/services/a?b=%E4%B8%AD&c=//d#e"] {
            assert_eq!(own_path(ours), ours);
        }
        for theirs in
            ["", "me", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", "/中"]
        {
            assert_eq!(own_path(theirs), "/", "{theirs:?}");
        }
    }
}
