//! The request context: actor, language, display mode, and the values and errors of the last form.

use super::{
    action_error::{ActionError, request_id},
    flash::Flash,
    problem_response::ProblemResponse,
    request::request_id_of,
};
use crate::{islands::RENEWAL_HEADER, ui::FieldProps};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use leptos::prelude::{LeptosOptions, expect_context, use_context};
use server::{
    Actor, AppState, Store,
    access::gate::Access,
    account::session::{Presence, SignedIn, presence},
    http::{
        cookies,
        session_store::{SEEN, SIGNED_IN},
    },
};
use shared::{Lang, Problem, texts::problem as texts};
use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};
use tower_sessions::{Expiry, Session};

/// The application state of every handler.
#[derive(Clone, Debug)]
pub struct App {
    /// The city's services.
    pub state: AppState,
    /// Names of the built site's files.
    pub leptos: LeptosOptions,
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}

/// The data of a [`RequestContext`].
#[derive(Debug)]
pub struct ContextData {
    /// The city's services.
    pub app: App,
    /// The signed-in account, if any.
    pub presence: Option<Presence>,
    /// The actor.
    pub actor: Actor,
    /// The language of the response.
    pub lang: Lang,
    /// Whether elder mode (长辈版) is on.
    pub elder: bool,
    /// Path and query of the request.
    pub path: String,
    /// Seconds until the session ends without another request; none without a session.
    pub session_left: Option<i64>,
    /// Values and errors of the last form of this path.
    pub flash: Flash,
    /// Labels of the fields with errors, collected while the page is drawn: only the page knows the labels of its fields, and
    /// the error summary above them is drawn last.
    field_labels: Mutex<BTreeMap<String, String>>,
    /// The session.
    pub session: Session,
    /// The client's address.
    pub address: std::net::IpAddr,
    /// The request id, as in the log.
    pub request_id: String,
}

/// One request with its actor; cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestContext(Arc<ContextData>);

/// Short name of [`RequestContext`].
pub type Ctx = RequestContext;

impl Deref for RequestContext {
    type Target = ContextData;

    fn deref(&self) -> &ContextData {
        &self.0
    }
}

/// Checks the access of a server function and returns its context: the first line of each server function.
///
/// # Errors
/// The missing step (sign in, second factor, real name) or that access is denied.
pub async fn authorize(access: Access) -> Result<Ctx, ActionError> {
    let app = expect_context::<App>();
    let mut parts = use_context::<Parts>().ok_or(Problem::Unavailable { retry_after: 5 })?;
    let ctx = Ctx::from_request_parts(&mut parts, &app).await.map_err(|error| ActionError(error.into_problem(&request_id())))?;
    ctx.store().gate.enter(access, &ctx.actor)?;
    Ok(ctx)
}

impl RequestContext {
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.state.store
    }

    /// Props of a form field, with the error of its last value.
    #[must_use]
    pub fn field(&self, field: &str, label: &str) -> FieldProps {
        FieldProps::new(field, label).error(self.error(field, label))
    }

    /// The error of a field's last value. The error summary names the field by `label`.
    #[must_use]
    pub fn error(&self, field: &str, label: &str) -> Option<String> {
        let error = self.flash.error(field, self.lang)?;
        let mut names = self.field_labels.lock().unwrap_or_else(PoisonError::into_inner);
        names.entry(field.to_owned()).or_insert_with(|| label.to_owned());
        Some(error)
    }

    /// Field, and label with error, of the last form. Call it after the content is drawn: until then no field has a label.
    #[must_use]
    pub fn summary(&self) -> Vec<(String, String)> {
        let names = self.field_labels.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(field, sentence): (String, String)| {
            let line = names.get(&field).map_or_else(|| sentence.clone(), |name| named(name, &sentence, self.lang));
            (field, line)
        };
        self.flash.summary(self.lang).into_iter().map(line).collect()
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
        pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Converts a service error to a problem and logs it under the request id, for callers that look at the problem. Others
    /// return the error by `?`.
    #[must_use]
    pub fn problem(&self, error: server::Error) -> Problem {
        error.into_problem(&self.request_id)
    }
}

/// Joins the label of a field and its error. A label that is a sentence keeps its final mark.
fn named(field: &str, message: &str, lang: Lang) -> String {
    let field = field.trim_end_matches(['：', ':']);
    if field.ends_with(['？', '?', '。', '.', '！', '!']) {
        texts::sentence_wrong(lang, texts::FieldWrong { field, wrong: message })
    } else {
        texts::field_wrong(lang, texts::FieldWrong { field, wrong: message })
    }
}

/// Ends an expired session, prolongs an active one at most every 30 seconds, and returns the seconds left.
async fn keep_alive(session: &Session, signed_in: &mut SignedIn, who: &Presence, used: bool) -> Option<i64> {
    if signed_in.seconds_left(who) <= 0 {
        let _ = session.flush().await;
        return None;
    }
    if used && who.now - signed_in.seen >= 30 {
        signed_in.seen = who.now;
        session.set_expiry(Some(Expiry::OnInactivity(time::Duration::seconds(signed_in.seconds_left(who)))));
        if let Err(error) = session.insert(SEEN, who.now).await {
            tracing::warn!(%error, "a session could not be prolonged");
        }
    }
    Some(signed_in.seconds_left(who))
}

/// Whether the request is a subrequest of a page (renewal, event stream, image). It does not consume the flash and is not user
/// activity (`Sec-Fetch-Dest`, W3C Fetch Metadata, which older browsers do not send).
fn is_subrequest(parts: &Parts) -> bool {
    let header_matches = |name: &str, what: &dyn Fn(&[u8]) -> bool| parts.headers.get(name).is_some_and(|v| what(v.as_bytes()));
    parts.method == axum::http::Method::GET
        && (header_matches("sec-fetch-dest", &|to| to != b"document")
            || header_matches(RENEWAL_HEADER, &|_| true)
            || header_matches("accept", &|wanted| wanted == b"text/event-stream"))
}

/// Whether the request opens a page.
fn is_navigation(parts: &Parts) -> bool {
    parts.method == axum::http::Method::GET && !is_subrequest(parts)
}

/// A preference in the query, for clients without cookies: the service worker that caches a page.
fn query_preference(parts: &Parts, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query()?).ok()?;
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

fn elder_preference(parts: &Parts, who: Option<&Presence>) -> bool {
    match (cookies::value(&parts.headers, "elder"), who) {
        (Some(wanted), _) => wanted == "1",
        (None, Some(who)) => who.elder,
        (None, None) => query_preference(parts, "elder").as_deref() == Some("1"),
    }
}

fn lang_preference(parts: &Parts, who: Option<&Presence>) -> Lang {
    let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    cookies::value(&parts.headers, "lang")
        .and_then(Lang::parse)
        .or_else(|| who.map(|w| w.lang))
        .or_else(|| query_preference(parts, "lang").as_deref().and_then(Lang::parse))
        .or_else(|| accepted.and_then(|list| list.split(',').find_map(Lang::parse)))
        .unwrap_or_default()
}

impl FromRequestParts<App> for RequestContext {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ProblemResponse> {
        if let Some(ctx) = parts.extensions.get::<Ctx>() {
            return Ok(ctx.clone());
        }
        let request_id = request_id_of(&parts.headers);
        let internal = |detail: &str| {
            tracing::error!(reference = request_id, detail, "the request context could not be built");
            ProblemResponse::from(Problem::Internal { reference: request_id.clone() })
        };
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, detail)| internal(detail))?;
        let signed_in: Option<SignedIn> = session.get(SIGNED_IN).await.map_err(|e| internal(&e.to_string()))?;
        let mut who = None;
        let mut session_left = None;
        let seen: Option<i64> = session.get(SEEN).await.map_err(|e| internal(&e.to_string()))?;
        if let Some(mut signed_in) = signed_in.map(|s| s.with_seen(seen))
            && let Some(found) = presence(&app.state.store, &signed_in).await?
        {
            session_left = keep_alive(&session, &mut signed_in, &found, !is_subrequest(parts)).await;
            who = session_left.map(|_| found);
        }
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let flash = if is_navigation(parts) { Flash::take(&session, &path).await } else { Flash::default() };
        let ctx = Self(Arc::new(ContextData {
            app: app.clone(),
            actor: who.as_ref().map_or_else(Actor::anonymous, |w| w.actor.clone()),
            lang: lang_preference(parts, who.as_ref()),
            elder: elder_preference(parts, who.as_ref()),
            presence: who,
            path,
            session_left,
            flash,
            field_labels: Mutex::default(),
            session,
            address: server::http::client::address(parts, &app.state.config),
            request_id,
        }));
        parts.extensions.insert(ctx.clone());
        Ok(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_field() {
        assert_eq!(named("密码", "请填写此项", Lang::Zh), "密码：请填写此项");
        assert_eq!(named("Password:", "Fill this in", Lang::En), "Password: Fill this in");
        assert_eq!(named("Do you live alone?", "Choose one", Lang::En), "Do you live alone? Choose one");
        assert_eq!(named("我同意。", "请确认", Lang::Zh), "我同意。请确认");
    }
}
