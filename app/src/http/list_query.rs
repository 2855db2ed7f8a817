//! Filter, order and page of a list in the query of its address.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::{collections::BTreeMap, str::FromStr};

/// The query of a list. Unknown parameters and values are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct ListQuery(BTreeMap<String, String>);

impl ListQuery {
    /// The trimmed value of a parameter; empty without one.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map(|v| v.trim()).unwrap_or_default()
    }

    /// The trimmed value of a parameter, unless it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|v| !v.is_empty())
    }

    /// The value of a parameter, if it can be parsed.
    #[must_use]
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).parse().ok()
    }

    /// Whether one of these parameters has a value.
    #[must_use]
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| !self.get(name).is_empty())
    }

    /// Whether the address has no query.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These parameters as they were given, in alphabetical order.
    #[must_use]
    pub fn given<'a>(&'a self, names: &[&str]) -> Vec<(&'a str, &'a str)> {
        self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for ListQuery {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

/// The parameter that names the last row of the page before.
const AFTER: &str = "after";

/// The addresses of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListAddress {
    /// The path of the list.
    pub path: &'static str,
    /// The parameters that its links keep. Links lead to the first page, so `after` is not among them.
    pub kept: &'static [&'static str],
}

impl ListAddress {
    /// The address with some parameters changed, on the first page.
    #[must_use]
    pub fn with(self, query: &ListQuery, change: &[(&str, &str)]) -> String {
        let mut pairs: BTreeMap<&str, &str> =
            self.kept.iter().map(|name| (*name, query.get(name))).chain(change.iter().copied()).collect();
        pairs.retain(|_, value| !value.is_empty());
        with_query(self.path, &pairs.into_iter().collect::<Vec<_>>())
    }

    /// The address of the first page, unless this is the first.
    #[must_use]
    pub fn first_page(self, query: &ListQuery) -> Option<String> {
        query.has_any(&[AFTER]).then(|| self.with(query, &[]))
    }

    /// The address of the page after this row.
    #[must_use]
    pub fn page_after(self, query: &ListQuery, row: &str) -> String {
        self.with(query, &[(AFTER, row)])
    }
}

/// The path with these parameters.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A CSV file to save; `disposition` is the value of `Content-Disposition`.
#[must_use]
pub fn csv_file(disposition: &'static str, content: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, content.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: ListAddress = ListAddress { path: "/desk", kept: &["view", "q"] };

    #[test]
    fn links_keep_the_filter_and_lead_to_the_first_page() {
        let query = ListQuery::from([("view", "mine"), ("q", " a b "), ("after", "x"), ("unknown", "1")]);
        assert_eq!(LIST.with(&query, &[("sort", "newest")]), "/desk?q=a+b&sort=newest&view=mine");
        assert_eq!(LIST.with(&query, &[("q", ""), ("view", "")]), "/desk");
        assert_eq!(LIST.page_after(&query, "y"), "/desk?after=y&q=a+b&view=mine");
        assert_eq!(LIST.first_page(&query).as_deref(), Some("/desk?q=a+b&view=mine"));
        assert_eq!(LIST.first_page(&ListQuery::default()), None);
    }
}
