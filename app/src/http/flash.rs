//! Values, errors or the success message that a form leaves for the next page.
//!
//! Kept in the session (sealed), never in the URL, and shown once.

use serde::{Deserialize, Serialize};
use shared::{FieldError, Lang};
use std::collections::BTreeMap;
use tower_sessions::Session;

const KEY: &str = "flash";
/// Fields that are never shown again.
const SECRET: [&str; 3] = ["password", "current_password", "code"];

/// Values and errors of a form, by field name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the page, without its query.
    path: String,
    /// The typed values.
    values: BTreeMap<String, String>,
    /// The errors.
    pub errors: Vec<FieldError>,
    /// The key of the success message in `texts/done.toml`.
    pub done: Option<String>,
}

fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or(path)
}

impl Flash {
    /// The values and errors of a rejected form.
    #[must_use]
    pub fn rejected(path: &str, values: impl IntoIterator<Item = (String, String)>, errors: Vec<FieldError>) -> Self {
        let values = values.into_iter().filter(|(name, _)| !SECRET.contains(&name.as_str())).collect();
        Self { path: without_query(path).to_owned(), values, errors, done: None }
    }

    /// The success message for the next page.
    #[must_use]
    pub fn done(path: &str, text: &str) -> Self {
        Self { path: without_query(path).to_owned(), done: Some(text.to_owned()), ..Self::default() }
    }

    /// Stores it in the session for the next page.
    pub async fn save(&self, session: &Session) {
        if let Err(error) = session.insert(KEY, self).await {
            tracing::warn!(%error, "a flash could not be kept");
        }
    }

    /// Takes the flash of this page from the session.
    pub async fn take(session: &Session, path: &str) -> Self {
        match session.get::<Self>(KEY).await {
            Ok(Some(flash)) if flash.path == without_query(path) => {
                let _ = session.remove_value(KEY).await;
                flash
            }
            _ => Self::default(),
        }
    }

    /// The typed value of a field.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<String> {
        self.values.get(field).cloned()
    }

    /// All typed values.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// The error of this field. Pages call [`Ctx::error`](super::context::RequestContext::error), which also collects the
    /// label.
    #[must_use]
    pub(super) fn error(&self, field: &str, lang: Lang) -> Option<String> {
        self.errors.iter().find(|e| e.field == field).map(|e| e.kind.text(lang))
    }

    /// Field and message of all errors.
    #[must_use]
    pub(super) fn summary(&self, lang: Lang) -> Vec<(String, String)> {
        self.errors.iter().map(|e| (e.field.clone(), e.kind.text(lang))).collect()
    }
}
