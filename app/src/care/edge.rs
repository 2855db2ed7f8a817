//! Calls for help over HTTP: from the page's script, from a plain form, from a device. Beside everything else, so that
//! nothing that sheds or limits stands before them; on connections to Postgres of their own.
//!
//! A form gets a page (303), a script a short document, and the page's script also the drawing of how a call stands.
//! Keys and secrets travel in bodies and cookies alone, never in an address.

use super::standing::standing;
use crate::http::{
    call::{own_path, reference_of, see_other, wants_html},
    headers, problem_page,
    visit::App,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::post,
};
use leptos::prelude::{Owner, RenderHtml};
use serde_json::{Value, json};
use server::{
    care::intake::{
        alarms::{self, Outcome},
        caller::{self, Ask},
        raise::{Press, Raised, raise},
    },
    http::{emergency, limits, origin::same_origin},
};
use shared::{
    Lang, Problem,
    care::press::{self, CallStatus, PressBody, PressKey},
    texts::{care_press as t, problem as p},
};

/// Most bytes of a call for help.
const MOST_BYTES: usize = 16 * 1024;
/// The page of the emergency button.
pub const SOS: &str = "/care/sos";
/// Where a press goes.
pub const CALLS: &str = "/api/care/calls";

/// Who may use an endpoint for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Anybody: what they may do follows from what they show.
    Nothing,
    /// Whoever shows the secret of a press, a browser's credential or a session, each for their own call.
    OwnCall,
    /// A device, by its bearer token; without one a number to call back.
    Device,
}

/// An endpoint that is no server function: the matrix of rights walks this table.
#[derive(Debug)]
pub struct Machine {
    /// Its path.
    pub path: &'static str,
    /// Who may use it.
    pub credential: Credential,
}

const fn machine(path: &'static str, credential: Credential) -> Machine {
    Machine { path, credential }
}

/// Every one of them.
pub const MACHINES: &[Machine] = &[
    machine(CALLS, Credential::Nothing),
    machine("/api/care/calls/{act}", Credential::OwnCall),
    machine("/api/care/alarms", Credential::Device),
];

/// The endpoints, to be merged beside the bounds of [`limits::around`].
pub fn router(app: &App) -> Router {
    let routes = Router::new()
        .route(CALLS, post(pressed))
        .route("/api/care/calls/{act}", post(acted))
        .route("/api/care/alarms", post(alarmed))
        .layer(from_fn(same_origin))
        .with_state(App { city: app.city.emergency(), ..app.clone() });
    limits::never_shed(routes, &app.city, MOST_BYTES)
}

/// Reads whatever was sent, a document or a form; what does not read is nothing.
async fn sent(body: Body) -> Value {
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    if let Ok(document @ Value::Object(_)) = serde_json::from_slice(&bytes) {
        return document;
    }
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// A press: `POST /api/care/calls`.
async fn pressed(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = sent(body).await;
    let who = emergency::caller(&app.city, &parts.headers).await;
    let now = server::store::moment(time::OffsetDateTime::now_utc());
    let mut made = false;
    let body = PressBody::read(&sent, now, || {
        made = true;
        fresh_key()
    });
    let key = body.key();
    match raise(&app.city, Press { body: body.clone(), who }).await {
        Ok(raised) => {
            let key = PressKey { id: raised.press, ..key };
            let mut response = if wants_html(&parts.headers) {
                see_other(return_to(&sent))
            } else {
                acknowledged(&raised, made.then_some(key.secret.as_str()))
            };
            keep_press(&mut response, &key, &app);
            response
        }
        Err(error) => {
            let problem = error.into_problem(&reference_of(&parts.headers));
            if wants_html(&parts.headers) { not_received(&body) } else { problem_page::json(&problem) }
        }
    }
}

/// A key for a press that came without one.
#[must_use]
pub fn fresh_key() -> PressKey {
    PressKey { id: uuid::Uuid::new_v4(), secret: uuid::Uuid::new_v4().simple().to_string() }
}

/// The document that acknowledges a press. A secret is told only to whoever did not bring one.
fn acknowledged(raised: &Raised, secret: Option<&str>) -> Response {
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

/// Lets the browser keep the key of the press, so that the page follows it also without a script.
fn keep_press(response: &mut Response, key: &PressKey, app: &App) {
    if let Ok(cookie) = HeaderValue::from_str(&emergency::set_press(key, app.city.config.https())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn return_to(sent: &Value) -> &str {
    let to = sent.get("return_to").and_then(Value::as_str).map_or("/", own_path);
    if to == "/" { SOS } else { to }
}

/// `POST /api/care/calls/{act}`: `status`, `locate`, `more`, `cancel` and `fine`.
async fn acted(State(app): State<App>, Path(act): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = sent(body).await;
    let number = sent.get("number").and_then(Value::as_str).map(str::to_owned);
    // A call that is named is meant, whatever this browser pressed last.
    let key = PressKey::read(&sent).or_else(|| emergency::last_press(&parts.headers, &app.city).filter(|_| number.is_none()));
    let ask = Ask { key, number, who: emergency::caller(&app.city, &parts.headers).await };
    let now = server::store::moment(time::OffsetDateTime::now_utc());
    let done = match act.as_str() {
        "status" => caller::status(&app.city, &ask).await,
        "locate" => caller::locate(&app.city, &ask, press::fix(&sent, now)).await,
        "more" => caller::tell_more(&app.city, &ask, press::callback(&sent), press::words(&sent)).await,
        "cancel" => caller::cancel(&app.city, &ask).await,
        "fine" => caller::say_fine(&app.city, &ask).await,
        _ => Err(Problem::NotFound.into()),
    };
    let html = wants_html(&parts.headers);
    match done {
        Ok(status) if html && act == "status" => drawn(&status, &sent),
        Ok(_) if html => see_other(return_to(&sent)),
        Ok(status) => documented(StatusCode::OK, &serde_json::to_value(status).unwrap_or_default()),
        Err(error) => match error.into_problem(&reference_of(&parts.headers)) {
            Problem::NotFound if html && act != "status" => see_other(SOS),
            problem if html && act != "status" => limits::refuse(problem),
            problem => problem_page::json(&problem),
        },
    }
}

/// How the call stands, as a part of the page.
fn drawn(status: &CallStatus, sent: &Value) -> Response {
    let lang = sent.get("lang").and_then(Value::as_str).and_then(Lang::parse).unwrap_or_default();
    let html = Owner::new().with(|| standing(lang, status).to_html());
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, html).into_response()
}

/// An alarm of a device: `POST /api/care/alarms`.
async fn alarmed(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = sent(body).await;
    match alarms::alarm(&app.city, bearer(&parts.headers), &sent).await {
        Ok(Outcome::Raised(raised)) => acknowledged(&raised, None),
        Ok(Outcome::Tested(at)) => {
            let at = server::store::moment(at).to_string();
            documented(StatusCode::OK, &json!({ "received": true, "tested_at": at }))
        }
        Err(error) => problem_page::json(&error.into_problem(&reference_of(&parts.headers))),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Escapes what stands in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// The page for a press without a script that the store could not take: it says so in both languages, keeps what was
/// typed and can be sent again; it needs neither store nor session.
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
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)))
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
    async fn documents_and_forms_read_alike_and_nonsense_is_nothing() {
        for body in [r#"{"id":"7","callback":"1 2"}"#, "id=7&callback=1+2"] {
            assert_eq!(sent(Body::from(body)).await, json!({ "id": "7", "callback": "1 2" }));
        }
        for body in ["", "[1]", "\u{0}\u{1}", "7"] {
            assert!(sent(Body::from(body)).await.get("id").is_none(), "{body:?}");
        }
        assert!(sent(Body::from("x".repeat(MOST_BYTES + 1))).await.get("id").is_none());
    }

    #[test]
    fn what_was_not_received_can_be_sent_again_from_the_page() {
        let sent = json!({ "callback": "\"><script>", "words": "救命" });
        let body = PressBody::read(&sent, jiff::Timestamp::UNIX_EPOCH, fresh_key);
        let response = not_received(&body);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(escaped("\"><script>"), "&quot;>&lt;script>");
    }
}
