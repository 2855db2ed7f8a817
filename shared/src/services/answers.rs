//! Answers (填报内容) of a form: field path → typed values, in the order of the paths.
//!
//! A path is a field's id; parts of a block and of a row of a repeated block follow after dots:
//! `members.0.name`, `address.district`. An HTML form names its inputs `answers[<path>]`; several inputs of one
//! name are several values. Stored as one JSON object: one value as a string, several as an array.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most values a set of answers may hold.
pub const MAX_VALUES: usize = 600;
/// Longest value, in characters.
pub const MAX_VALUE_CHARS: usize = 5_000;
/// Longest path, in bytes.
pub const MAX_PATH: usize = 120;
/// Most characters in all.
pub const MAX_CHARS: usize = 200_000;

/// A set of answers that is refused as a whole: it exceeds the limits of every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more answers, or longer ones, than a form takes")]
pub struct TooMuch;

/// The answers to one form. Values are trimmed and never empty: unanswered fields have no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Stored>", into = "BTreeMap<String, Stored>")]
pub struct Answers(BTreeMap<String, Vec<String>>);

/// As stored: one value plain, several as an array.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<BTreeMap<String, Stored>> for Answers {
    type Error = TooMuch;

    fn try_from(stored: BTreeMap<String, Stored>) -> Result<Self, TooMuch> {
        Self::from_pairs(stored.into_iter().flat_map(|(path, value)| {
            let values = match value {
                Stored::One(one) => vec![one],
                Stored::Many(many) => many,
            };
            values.into_iter().map(move |v| (path.clone(), v))
        }))
    }
}

impl From<Answers> for BTreeMap<String, Stored> {
    fn from(answers: Answers) -> Self {
        let stored = |mut values: Vec<String>| match (values.pop(), values.is_empty()) {
            (Some(one), true) => Stored::One(one),
            (Some(last), false) => {
                values.push(last);
                Stored::Many(values)
            }
            (None, _) => Stored::Many(values),
        };
        answers.0.into_iter().map(|(path, values)| (path, stored(values))).collect()
    }
}

impl Answers {
    /// From pairs of path and value; blank values are omitted, a repeated path adds a value.
    ///
    /// # Errors
    /// [`TooMuch`] if a limit of this module is exceeded.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, TooMuch> {
        let mut answers = Self::default();
        let (mut values, mut chars) = (0_usize, 0_usize);
        for (path, value) in pairs {
            let value = clean(&value);
            if value.is_empty() || path.is_empty() {
                continue;
            }
            let length = value.chars().count();
            values = values.saturating_add(1);
            chars = chars.saturating_add(length);
            if values > MAX_VALUES || chars > MAX_CHARS || length > MAX_VALUE_CHARS || path.len() > MAX_PATH {
                return Err(TooMuch);
            }
            answers.0.entry(path).or_default().push(value);
        }
        Ok(answers)
    }

    /// From the pairs of a posted form: inputs named `answers[<path>]`; other inputs (tokens, keys) are ignored.
    ///
    /// # Errors
    /// [`TooMuch`] if a limit of this module is exceeded.
    pub fn from_form(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, TooMuch> {
        Self::from_pairs(pairs.into_iter().filter_map(|(name, value)| {
            let path = name.strip_prefix("answers[")?.strip_suffix(']')?.to_owned();
            Some((path, value))
        }))
    }

    /// The name of the HTML input for this path.
    #[must_use]
    pub fn input_name(path: &str) -> String {
        format!("answers[{path}]")
    }

    /// The values at a path; empty where it is not answered.
    #[must_use]
    pub fn all(&self, path: &str) -> &[String] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// The first value at a path; empty where it is not answered.
    #[must_use]
    pub fn one(&self, path: &str) -> &str {
        self.all(path).first().map_or("", String::as_str)
    }

    /// Whether the path itself, or anything below it, is answered.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path) || self.below(path).next().is_some()
    }

    /// Sets the values of a path; blank ones are omitted; without any value the path is removed.
    pub fn set(&mut self, path: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().map(|v| clean(&v)).filter(|v| !v.is_empty()).collect();
        if values.is_empty() {
            self.0.remove(path);
        } else {
            self.0.insert(path.to_owned(), values);
        }
    }

    /// Removes a path and everything below it.
    pub fn remove(&mut self, path: &str) {
        self.0.retain(|p, _| !is_at_or_below(p, path));
    }

    /// The indices of the rows of a repeated block that hold any answer, in order. Gaps are possible.
    #[must_use]
    pub fn rows(&self, path: &str) -> Vec<u16> {
        let indices: BTreeSet<u16> = self
            .below(path)
            .filter_map(|(rest, _)| {
                let index = rest.split('.').next()?;
                // "007" and "+7" are not how a row is written.
                index.parse::<u16>().ok().filter(|i| i.to_string() == index)
            })
            .collect();
        indices.into_iter().collect()
    }

    /// Every path with its values, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(path, values)| (path.as_str(), values.as_slice()))
    }

    /// Whether nothing is answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a [String])> {
        self.iter().filter_map(move |(p, v)| Some((p.strip_prefix(path)?.strip_prefix('.')?, v)))
    }
}

/// Whether `path` is `root` or a part of it.
#[must_use]
pub fn is_at_or_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Trims, normalizes line ends, and removes control characters, which corrupt logs and print-outs.
fn clean(value: &str) -> String {
    let kept: String = value.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = kept.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    #[test]
    fn a_posted_form_becomes_answers_and_json_reads_back() {
        let answers = Answers::from_form([
            pair("csrf", "x"),
            pair("answers[members.0.name]", " 张三 "),
            pair("answers[kinds]", "a"),
            pair("answers[kinds]", "b"),
            pair("answers[blank]", "  "),
            pair("answers[note]", "一\r\n二\u{0}"),
        ])
        .unwrap();
        assert_eq!(answers.one("members.0.name"), "张三");
        assert_eq!(answers.all("kinds"), ["a", "b"]);
        assert_eq!(answers.one("note"), "一\n二");
        assert!(!answers.has("blank") && answers.has("members") && !answers.has("member"));
        let json = serde_json::to_string(&answers).unwrap();
        assert_eq!(json, r#"{"kinds":["a","b"],"members.0.name":"张三","note":"一\n二"}"#);
        assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
    }

    #[test]
    fn rows_are_read_in_order_of_numbers() {
        let answers = Answers::from_pairs([
            pair("m.10.a", "x"),
            pair("m.2.a", "x"),
            pair("m.2.b", "x"),
            pair("m.007.a", "x"),
            pair("m.99999999999.a", "x"),
            pair("mm.1.a", "x"),
        ])
        .unwrap();
        assert_eq!(answers.rows("m"), [2, 10]);
    }

    #[test]
    fn limits_hold() {
        assert_eq!(Answers::from_pairs([pair("a", &"字".repeat(MAX_VALUE_CHARS + 1))]), Err(TooMuch));
        assert_eq!(Answers::from_pairs((0..=MAX_VALUES).map(|i| pair(&format!("f{i}"), "x"))), Err(TooMuch));
        assert_eq!(Answers::from_pairs([pair(&"p".repeat(MAX_PATH + 1), "x")]), Err(TooMuch));
        assert!(serde_json::from_str::<Answers>(&format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_VALUE_CHARS + 1))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_taken_reads_back(pairs in prop::collection::vec((".{1,12}", ".{0,12}"), 0..20)) {
            let answers = Answers::from_pairs(pairs).unwrap();
            let json = serde_json::to_string(&answers).unwrap();
            prop_assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
        }
    }
}
