//! Handlers of the machine endpoints for emergency calls: from the page's script, from a plain form and from devices.
//!
//! A form gets a redirect (303) or a page, a script a short document, and the page's script also the rendered status of the
//! call. Keys and secrets travel in bodies and cookies only, never in an address.

use super::call_status::draw_status;
use crate::ui::escape_html;
use crate::{
    care::paths::{CALLS, SOS},
    http::{
        context::App,
        headers, problem_page,
        redirect::{local_path, see_other},
        request::{request_id_of, wants_html},
    },
};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::{Owner, RenderHtml};
use serde_json::{Value, json};
use server::{
    care::intake::{
        alarms::{self, AlarmOutcome},
        caller::{self, CallQuery},
        identify,
        raise::{Press, Raised, raise},
    },
    http::refusal::refuse,
};
use shared::{
    Lang, Problem,
    care::press::{self, CallStatus, PressBody, PressKey},
    texts::{care_press as t, problem as p},
};

/// Largest body of a request, in bytes.
pub const BODY_BYTES: usize = 16 * 1024;
/// Reads a JSON document or a form; an unreadable body counts as empty.
async fn read_body(body: Body) -> Value {
    let bytes = to_bytes(body, BODY_BYTES).await.unwrap_or_default();
    if let Ok(document @ Value::Object(_)) = serde_json::from_slice(&bytes) {
        return document;
    }
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// A press: `POST /api/care/calls`.
pub async fn press(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = read_body(body).await;
    let who = identify::identify_caller(&app.state, &parts.headers).await;
    let now = server::store::to_timestamp(time::OffsetDateTime::now_utc());
    let mut made = false;
    let body = PressBody::read(&sent, now, || {
        made = true;
        new_press_key()
    });
    let key = body.key();
    match raise(&app.state, Press { body: body.clone(), who }).await {
        Ok(raised) => {
            let key = PressKey { id: raised.press, ..key };
            let mut response = if wants_html(&parts.headers) {
                see_other(return_to(&sent))
            } else {
                acknowledgement(&raised, made.then_some(key.secret.as_str()))
            };
            set_press_cookie(&mut response, &key, &app);
            response
        }
        Err(error) => {
            let problem = error.into_problem(&request_id_of(&parts.headers));
            if wants_html(&parts.headers) { not_received(&body) } else { problem_page::json(&problem) }
        }
    }
}

/// Creates a key for a press without one.
#[must_use]
pub fn new_press_key() -> PressKey {
    PressKey { id: uuid::Uuid::new_v4().into(), secret: uuid::Uuid::new_v4().simple().to_string() }
}

/// Makes the acknowledgement of a press. It contains the secret only if the server generated it.
fn acknowledgement(raised: &Raised, secret: Option<&str>) -> Response {
    let mut document = json!({ "received": true, "press": raised.press, "number": raised.number, "again": raised.again });
    if let (Some(secret), Some(fields)) = (secret, document.as_object_mut()) {
        fields.insert("secret".to_owned(), secret.into());
    }
    let status = if raised.again { StatusCode::OK } else { StatusCode::CREATED };
    documented(status, &document)
}

fn documented(status: StatusCode, document: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, document.to_string()).into_response()
}

/// Stores the key of the press in a cookie, so that the page can follow the call without a script.
fn set_press_cookie(response: &mut Response, key: &PressKey, app: &App) {
    if let Some(cookie) = identify::set_press(key, app.state.config.https()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn return_to(sent: &Value) -> &str {
    let to = sent.get("return_to").and_then(Value::as_str).map_or("/", local_path);
    if to == "/" { SOS } else { to }
}

/// `POST /api/care/calls/{act}`: `status`, `locate`, `more`, `cancel` and `fine`.
pub async fn act(State(app): State<App>, Path(action): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = read_body(body).await;
    let number = sent.get("number").and_then(Value::as_str).map(str::to_owned);
    // A call named in the request takes precedence over the last press of this browser.
    let key = PressKey::read(&sent).or_else(|| identify::last_press(&parts.headers, &app.state).filter(|_| number.is_none()));
    let ask = CallQuery { key, number, who: identify::identify_caller(&app.state, &parts.headers).await };
    let now = server::store::to_timestamp(time::OffsetDateTime::now_utc());
    let done = match action.as_str() {
        "status" => caller::status(&app.state, &ask).await,
        "locate" => caller::locate(&app.state, &ask, press::fix(&sent, now)).await,
        "more" => caller::tell_more(&app.state, &ask, press::callback(&sent), press::words(&sent)).await,
        "cancel" => caller::cancel(&app.state, &ask).await,
        "fine" => caller::say_fine(&app.state, &ask).await,
        _ => Err(Problem::NotFound.into()),
    };
    let html = wants_html(&parts.headers);
    match done {
        Ok(status) if html && action == "status" => status_response(&status, &sent),
        Ok(_) if html => see_other(return_to(&sent)),
        Ok(status) => documented(StatusCode::OK, &serde_json::to_value(status).unwrap_or_default()),
        Err(error) => match error.into_problem(&request_id_of(&parts.headers)) {
            Problem::NotFound if html && action != "status" => see_other(SOS),
            problem if html && action != "status" => refuse(problem),
            problem => problem_page::json(&problem),
        },
    }
}

/// Draws the status of a call as a fragment.
fn status_response(status: &CallStatus, sent: &Value) -> Response {
    let lang = sent.get("lang").and_then(Value::as_str).and_then(Lang::parse).unwrap_or_default();
    let html = Owner::new().with(|| draw_status(lang, status).to_html());
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, html).into_response()
}

/// An alarm of a device: `POST /api/care/alarms`.
pub async fn alarm(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = read_body(body).await;
    match alarms::alarm(&app.state, bearer(&parts.headers), &sent).await {
        Ok(AlarmOutcome::Raised(raised)) => acknowledgement(&raised, None),
        Ok(AlarmOutcome::Tested(at)) => {
            let at = at.timestamp().to_string();
            documented(StatusCode::OK, &json!({ "received": true, "tested_at": at }))
        }
        Err(error) => problem_page::json(&error.into_problem(&request_id_of(&parts.headers))),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The page for a press without a script that the store could not take: in both languages, with the typed
/// values, to be sent again; it needs neither store nor session.
fn not_received(body: &PressBody) -> Response {
    let (zh, en) = (Lang::Zh, Lang::En);
    let id = body.id.to_string();
    let person = body.for_person.map(|p| p.to_string()).unwrap_or_default();
    let fields = [
        ("id", id.as_str()),
        ("secret", &body.secret),
        ("callback", body.callback.as_deref().unwrap_or_default()),
        ("words", body.words.as_deref().unwrap_or_default()),
        ("for_person", &person),
    ];
    let hidden: String = fields
        .into_iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape_html(value)))
        .collect();
    let html = format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title_zh}</title></head><body><main><h1>{title_zh} \
         <span lang=\"en\">{title_en}</span></h1><p>{text_zh}</p><p lang=\"en\">{text_en}</p>\
         <form method=\"post\" action=\"{CALLS}\">{hidden}<button>{again_zh} <span lang=\"en\">{again_en}</span></button></form>\
         <p><a href=\"tel:120\">{call_zh} <span lang=\"en\">{call_en}</span></a></p><p>{busy_zh}</p></main></body></html>",
        title_zh = t::not_received(zh),
        title_en = t::not_received(en),
        text_zh = t::not_received_text(zh),
        text_en = t::not_received_text(en),
        again_zh = t::send_again(zh),
        again_en = t::send_again(en),
        call_zh = t::call_120(zh),
        call_en = t::call_120(en),
        busy_zh = p::unavailable_title(zh),
    );
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, html).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    headers::common(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn json_and_forms_are_read_alike_and_garbage_is_ignored() {
        for body in [r#"{"id":"7","callback":"1 2"}"#, "id=7&callback=1+2"] {
            assert_eq!(read_body(Body::from(body)).await, json!({ "id": "7", "callback": "1 2" }));
        }
        for body in ["", "[1]", "\u{0}\u{1}", "7"] {
            assert!(read_body(Body::from(body)).await.get("id").is_none(), "{body:?}");
        }
        assert!(read_body(Body::from("x".repeat(BODY_BYTES + 1))).await.get("id").is_none());
    }

    #[tokio::test]
    async fn what_was_not_received_can_be_sent_again_from_the_page() {
        let sent = json!({ "callback": "\"><script>", "words": "救命" });
        let body = PressBody::read(&sent, jiff::Timestamp::UNIX_EPOCH, new_press_key);
        let response = not_received(&body);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let page = to_bytes(response.into_body(), BODY_BYTES).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("name=\"callback\" value=\"&quot;&gt;&lt;script&gt;\""), "{page}");
    }
}
