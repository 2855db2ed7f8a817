//! Interface texts in both languages, from `shared/texts/*.toml`, checked when compiled (see `build.rs`).
//!
//! `texts::account::sign_in(lang)` is a text; one with placeholders takes them as arguments.

use serde::{Deserialize, Serialize};

/// A language of the interface. Chinese comes first; English is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Simplified Chinese (简体中文).
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The value of the HTML `lang` attribute (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// `zh` or `en`, as stored and as in cookies.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Reads `zh` or `en`, also with a region behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// Chooses between a Chinese and an English value, as data carry them side by side.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

crate::orm_value!(Lang);

/// A text of the data in both languages, side by side (a service item's name, an agency).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// Both from text that is known when compiled.
    #[must_use]
    pub fn new(zh: &str, en: &str) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// In this language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }

    /// Whether a language is missing.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.zh.trim().is_empty() || self.en.trim().is_empty()
    }
}

include!(concat!(env!("OUT_DIR"), "/texts.rs"));
