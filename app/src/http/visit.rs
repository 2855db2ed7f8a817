//! A visit: one request with who makes it, in which language and mode, and what the last form left.

use super::{flash::Flash, page::Told};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use leptos::prelude::{LeptosOptions, expect_context, use_context};
use server::{
    Actor, AppState, Store,
    account::{
        gate::Access,
        session::{Presence, SignedIn, presence},
    },
    http::session_store::{SEEN, SIGNED_IN},
};
use shared::{Lang, Problem, texts::problem as texts};
use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};
use tower_sessions::{Expiry, Session};

/// What every handler has at hand.
#[derive(Clone, Debug)]
pub struct App {
    /// The city's services.
    pub city: AppState,
    /// How the site's files are named.
    pub leptos: LeptosOptions,
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}

/// What a visit knows; see [`Visit`].
#[derive(Debug)]
pub struct VisitFacts {
    /// The city's services.
    pub app: App,
    /// Who is signed in.
    pub presence: Option<Presence>,
    /// Who acts.
    pub actor: Actor,
    /// The language to answer in.
    pub lang: Lang,
    /// Whether to answer in elder mode (长辈版).
    pub elder: bool,
    /// Path and query of the request.
    pub path: String,
    /// Seconds until the session ends without another request; none when nobody is signed in.
    pub session_left: Option<i64>,
    /// What the last form of this path left.
    pub flash: Flash,
    /// What the wrong fields of this page are called, noted while it is drawn.
    called: Mutex<BTreeMap<String, String>>,
    /// The session.
    pub session: Session,
    /// The client's address.
    pub address: std::net::IpAddr,
    /// The request's id, as in the log.
    pub reference: String,
}

/// One request and who makes it; cheap to clone.
#[derive(Clone, Debug)]
pub struct Visit(Arc<VisitFacts>);

impl Deref for Visit {
    type Target = VisitFacts;

    fn deref(&self) -> &VisitFacts {
        &self.0
    }
}

/// Names who acts in a server function and asks the gate: the first line of each.
///
/// # Errors
/// What they must do first, or that they may not.
pub async fn enter(access: Access) -> Result<Visit, super::Refusal> {
    let app = expect_context::<App>();
    let mut parts = use_context::<Parts>().ok_or(Problem::Unavailable { retry_after: 5 })?;
    let visit = Visit::from_request_parts(&mut parts, &app).await.map_err(|Told(problem)| super::Refusal::new(problem))?;
    visit.store().gate.enter(access, &visit.actor)?;
    Ok(visit)
}

impl Visit {
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.city.store
    }

    /// The question of a form's field, with what was wrong with its last answer.
    #[must_use]
    pub fn ask(&self, field: &str, label: &str) -> crate::ui::Ask {
        crate::ui::Ask::new(field, label).error(self.error(field, label))
    }

    /// What is wrong with the last answer in a field. `called` is how the summary on top names the field.
    #[must_use]
    pub fn error(&self, field: &str, called: &str) -> Option<String> {
        let error = self.flash.error(field, self.lang)?;
        let mut names = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        names.entry(field.to_owned()).or_insert_with(|| called.to_owned());
        Some(error)
    }

    /// (field, its name and what is wrong) of the last form, once the page is drawn: until then no field has a name.
    #[must_use]
    pub fn summary(&self) -> Vec<(String, String)> {
        let names = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(field, sentence): (String, String)| {
            let line = names.get(&field).map_or_else(|| sentence.clone(), |name| named(name, &sentence, self.lang));
            (field, line)
        };
        self.flash.summary(self.lang).into_iter().map(line).collect()
    }

    /// A value of the address's query; the first if there are several.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
        pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Turns an error of a service into the problem the visitor is told, logged under this request's id.
    #[must_use]
    pub fn problem(&self, error: server::Error) -> Problem {
        error.into_problem(&self.reference)
    }
}

/// A complaint with the field it is about. A field that is called by a whole sentence keeps its own mark at the end.
fn named(field: &str, complaint: &str, lang: Lang) -> String {
    let field = field.trim_end_matches(['：', ':']);
    if field.ends_with(['？', '?', '。', '.', '！', '!']) {
        texts::sentence_wrong(lang, texts::FieldWrong { field, wrong: complaint })
    } else {
        texts::field_wrong(lang, texts::FieldWrong { field, wrong: complaint })
    }
}

/// Ends what has lasted too long; prolongs it where somebody uses it, at most once in half a minute. Seconds that are left.
async fn keep_alive(session: &Session, signed_in: &mut SignedIn, who: &Presence, used: bool) -> Option<i64> {
    if signed_in.left(who) <= 0 {
        let _ = session.flush().await;
        return None;
    }
    if used && who.now - signed_in.seen >= 30 {
        signed_in.seen = who.now;
        session.set_expiry(Some(Expiry::OnInactivity(time::Duration::seconds(signed_in.left(who)))));
        if let Err(error) = session.insert(SEEN, who.now).await {
            tracing::warn!(%error, "a session could not be prolonged");
        }
    }
    Some(signed_in.left(who))
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Whether a page does something by itself: renews itself, listens for events, loads a picture. That neither uses up the
/// word which the last form left for the next page, nor does it say that somebody is there (`Sec-Fetch-Dest`, W3C Fetch
/// Metadata, which older browsers do not send).
fn is_aside(parts: &Parts) -> bool {
    let says = |name: &str, what: &dyn Fn(&[u8]) -> bool| parts.headers.get(name).is_some_and(|v| what(v.as_bytes()));
    parts.method == axum::http::Method::GET
        && (says("sec-fetch-dest", &|to| to != b"document")
            || says(super::islands::RENEWS, &|_| true)
            || says("accept", &|wanted| wanted == b"text/event-stream"))
}

/// Whether somebody opens a page.
fn is_opened(parts: &Parts) -> bool {
    parts.method == axum::http::Method::GET && !is_aside(parts)
}

/// What the address asks for, for who sends no cookie: a worker that keeps a page for a browser.
fn asked_for(parts: &Parts, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query()?).ok()?;
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

fn wanted_elder(parts: &Parts, who: Option<&Presence>) -> bool {
    match (cookie(parts, "elder"), who) {
        (Some(wanted), _) => wanted == "1",
        (None, Some(who)) => who.elder,
        (None, None) => asked_for(parts, "elder").as_deref() == Some("1"),
    }
}

fn wanted_lang(parts: &Parts, who: Option<&Presence>) -> Lang {
    let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    cookie(parts, "lang")
        .and_then(Lang::parse)
        .or_else(|| who.and_then(|w| Lang::parse(&w.lang)))
        .or_else(|| asked_for(parts, "lang").as_deref().and_then(Lang::parse))
        .or_else(|| accepted.and_then(|list| list.split(',').find_map(Lang::parse)))
        .unwrap_or_default()
}

impl FromRequestParts<App> for Visit {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Told> {
        if let Some(visit) = parts.extensions.get::<Visit>() {
            return Ok(visit.clone());
        }
        let reference = super::call::reference_of(&parts.headers);
        let internal = |detail: &str| {
            tracing::error!(reference, detail, "a visit could not be made out");
            Told(Problem::Internal { reference: reference.clone() })
        };
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, detail)| internal(detail))?;
        let signed_in: Option<SignedIn> = session.get(SIGNED_IN).await.map_err(|e| internal(&e.to_string()))?;
        let mut who = None;
        let mut session_left = None;
        let seen: Option<i64> = session.get(SEEN).await.map_err(|e| internal(&e.to_string()))?;
        if let Some(mut signed_in) = signed_in.map(|s| s.with_seen(seen))
            && let Some(found) = presence(&app.city.store, &signed_in).await.map_err(|e| Told(e.into_problem(&reference)))?
        {
            session_left = keep_alive(&session, &mut signed_in, &found, !is_aside(parts)).await;
            who = session_left.map(|_| found);
        }
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let flash = if is_opened(parts) { Flash::take(&session, &path).await } else { Flash::default() };
        let visit = Self(Arc::new(VisitFacts {
            app: app.clone(),
            actor: who.as_ref().map_or_else(Actor::anonymous, |w| w.actor.clone()),
            lang: wanted_lang(parts, who.as_ref()),
            elder: wanted_elder(parts, who.as_ref()),
            presence: who,
            path,
            session_left,
            flash,
            called: Mutex::default(),
            session,
            address: server::http::client::address(parts, &app.city.config),
            reference,
        }));
        parts.extensions.insert(visit.clone());
        Ok(visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_which_field_it_is_about() {
        assert_eq!(named("密码", "请填写此项", Lang::Zh), "密码：请填写此项");
        assert_eq!(named("Password:", "Fill this in", Lang::En), "Password: Fill this in");
        assert_eq!(named("Do you live alone?", "Choose one", Lang::En), "Do you live alone? Choose one");
        assert_eq!(named("我同意。", "请确认", Lang::Zh), "我同意。请确认");
    }
}
