//! Calls of server functions: from islands as JSON, from plain forms as POST → 303.
//!
//! Leptos would report the error of a plain form in the URL. Here the handler decodes the error from the body of leptos'
//! response and makes a response of its own: values typed into a form go back to its page by the flash.

use super::{
    action_error::{ActionError, RequestId},
    context::{App, Ctx},
    flash::Flash,
    form_data::FormData,
    problem_page,
    problem_response::ProblemResponse,
    redirect::see_other,
    request::{form_page, request_id_of, wants_html},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::{
    prelude::provide_context,
    server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER},
};
use server::http::limits::UPLOAD_BYTES;
use shared::Problem;

/// Largest body of a form without files, in bytes.
const FORM_BYTES: usize = 256 * 1024;
const PLAIN: &str = "application/x-www-form-urlencoded";

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Reads the whole form, including files, and returns the body without files that the server function decodes.
async fn read_form(parts: &mut Parts, body: Body) -> Result<(Body, Option<FormData>), Problem> {
    let kind = content_type(&parts.headers).to_owned();
    let bytes = |body, limit| async move { to_bytes(body, limit).await.map_err(|_| Problem::TooLarge) };
    if kind.starts_with(PLAIN) {
        let bytes = bytes(body, FORM_BYTES).await?;
        let posted = FormData::plain(&bytes);
        posted.is_text()?;
        return Ok((Body::from(bytes), Some(posted)));
    }
    if !kind.starts_with("multipart/form-data") {
        return Ok((body, None));
    }
    let posted = FormData::with_files(&kind, bytes(body, UPLOAD_BYTES).await?).await?;
    posted.is_text()?;
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PLAIN));
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok((Body::from(posted.arguments()), Some(posted)))
}

/// Handles `/api/{*name}`.
pub async fn server_function(State(app): State<App>, ctx: Result<Ctx, ProblemResponse>, request: Request) -> Response {
    let html = wants_html(request.headers());
    let (mut parts, body) = request.into_parts();
    let (body, form) = match read_form(&mut parts, body).await {
        Ok(read) => read,
        Err(problem) if html => return reject_form(ctx, problem, &parts.headers, None).await,
        Err(problem) => return problem_page::json(&problem),
    };
    let context = {
        let (app, request_id) = (app, RequestId(request_id_of(&parts.headers)));
        let posted = form.clone().unwrap_or_default();
        move || {
            provide_context(posted.clone());
            provide_context(app.clone());
            provide_context(request_id.clone());
        }
    };
    let headers = parts.headers.clone();
    let response = leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, body)).await.into_response();
    match problem_of(response).await {
        Ok(mut response) => {
            if response.status() == StatusCode::FOUND {
                *response.status_mut() = StatusCode::SEE_OTHER;
            }
            response
        }
        Err(problem) if html => reject_form(ctx, problem, &headers, form.as_ref()).await,
        Err(problem) => problem_page::json(&problem),
    }
}

/// Decodes the error of a server function. Leptos marks its response by a header, also where it redirects, and writes the
/// encoded error into the body. Without the header, 400 means that there is no function of this name.
async fn problem_of(response: Response) -> Result<Response, Problem> {
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return if response.status() == StatusCode::BAD_REQUEST { Err(Problem::NotFound) } else { Ok(response) };
    }
    match to_bytes(response.into_body(), usize::MAX).await {
        Ok(bytes) => Err(ActionError::de(bytes).0),
        Err(_) => Err(Problem::Unavailable { retry_after: 5 }),
    }
}

/// Sends the typed values and errors back to the page of the form by the flash; other problems become a problem page.
async fn reject_form(
    ctx: Result<Ctx, ProblemResponse>,
    problem: Problem,
    headers: &HeaderMap,
    form: Option<&FormData>,
) -> Response {
    let (Problem::Invalid { errors }, Ok(ctx)) = (&problem, ctx) else { return ProblemResponse::from(problem).into_response() };
    let page = form_page(headers.get(header::REFERER));
    Flash::rejected(&page, form.map(|f| f.pairs().to_vec()).unwrap_or_default(), errors.clone()).save(&ctx.session).await;
    see_other(&page)
}
