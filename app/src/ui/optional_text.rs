//! A text that may be absent, so that a prop accepts `"…"`, a `String` or an `Option` of either.

/// A final text, or none. An empty text counts as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionalText(Option<String>);

impl OptionalText {
    /// The text, if there is one.
    #[must_use]
    pub fn get(self) -> Option<String> {
        self.0
    }

    /// The text as a slice, if there is one.
    #[must_use]
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether there is a text.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl From<Option<String>> for OptionalText {
    fn from(text: Option<String>) -> Self {
        Self(text.filter(|t| !t.is_empty()))
    }
}

impl From<String> for OptionalText {
    fn from(text: String) -> Self {
        Some(text).into()
    }
}

impl From<&str> for OptionalText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Option<&str>> for OptionalText {
    fn from(text: Option<&str>) -> Self {
        text.map(str::to_owned).into()
    }
}
