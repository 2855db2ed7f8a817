//! Faults of a catalogue file, collected while an item is checked.

use super::source::Source;
use crate::texts::Bilingual;
use std::collections::BTreeSet;

/// A fault of an item, reported to the author of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFault {
    /// Where: `form.pages[1].fields[0].options`.
    pub path: String,
    /// The fault and the expected value.
    pub message: String,
}

#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<ItemFault>);

impl Faults {
    pub(super) fn unless(&mut self, right: bool, path: &str, message: impl Into<String>) {
        if !right {
            self.0.push(ItemFault { path: path.to_owned(), message: message.into() });
        }
    }

    pub(super) fn text(&mut self, path: &str, text: &Bilingual) {
        self.unless(!text.is_incomplete(), path, "needs both languages");
    }

    pub(super) fn source(&mut self, path: &str, source: &Source) {
        match source {
            Source::Example(e) => self.unless(e.example, path, "example = false says nothing: name the document"),
            Source::Known(d) => self.unless(!d.zh.trim().is_empty() && !d.en.trim().is_empty(), path, "needs both languages"),
        }
    }

    pub(super) fn unique<'a>(&mut self, path: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            self.unless(is_id(id), path, format!("`{id}`: lower-case letters, digits, `_` and `-` only"));
            self.unless(seen.insert(id), path, format!("`{id}` stands twice"));
        }
    }

    pub(super) fn some<T>(&mut self, path: &str, list: &[T]) {
        self.unless(!list.is_empty(), path, "needs at least one");
    }
}

/// Whether a text can be a code: lower-case letters, digits, `-` and `_`.
pub(super) fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !text.is_empty() && text.len() <= 60 && text.chars().all(allowed)
}
