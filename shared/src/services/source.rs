//! Sources of the catalogue: the document a condition, an amount or a legal basis is taken from, or the note that it is
//! only an example.

use crate::{
    dates::date_text,
    texts::{Lang, services as text},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The source of a condition, an amount or a legal basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// From a document.
    Known(Document),
    /// Not verified: an example (示例), marked so on the page.
    Example(Example),
}

/// A document with its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its title in Chinese.
    pub zh: String,
    /// Its title in English.
    pub en: String,
    /// The date of the text that was read: of its publication or its last amendment.
    pub date: Date,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The note that the data is only an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The file writes `example = true`.
    pub example: bool,
}

impl Source {
    /// Whether it is an example only.
    #[must_use]
    pub const fn is_example(&self) -> bool {
        matches!(self, Self::Example(_))
    }

    /// The line that names the source on a page.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        match self {
            Self::Example(_) => text::example_mark(lang).to_owned(),
            Self::Known(d) => text::source_mark(
                lang,
                text::DateSource { date: date_text(&d.date.to_string(), lang), source: lang.pick(&d.zh, &d.en) },
            ),
        }
    }
}
