//! Conditions (显示条件) over answers: when a page or a field is shown, and when a routing rule fires.

use super::answers::Answers;
use serde::{Deserialize, Serialize};

/// A condition, as written in a catalogue file: `{ field = "applicant", is = "family" }`, `{ field = "kind",
/// in = ["a", "b"] }`, `{ field = "note", answered = true }`, `{ not = … }`, `{ all = [ … ] }`, `{ any = [ … ] }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Condition {
    /// One of the field's values is this one.
    Is {
        /// Path of the field.
        field: String,
        /// The value.
        is: String,
    },
    /// One of the field's values is one of these.
    In {
        /// Path of the field.
        field: String,
        /// The values.
        r#in: Vec<String>,
    },
    /// The field is answered, or is not.
    Answered {
        /// Path of the field.
        field: String,
        /// Whether it must be answered.
        answered: bool,
    },
    /// The condition does not hold.
    Not {
        /// The condition.
        not: Box<Condition>,
    },
    /// All hold.
    All {
        /// The conditions.
        all: Vec<Condition>,
    },
    /// At least one holds.
    Any {
        /// The conditions.
        any: Vec<Condition>,
    },
}

impl Condition {
    /// Whether it holds. `resolve` turns a field's path as written into one of the answers: inside a row, a
    /// sibling's.
    pub fn holds(&self, answers: &Answers, resolve: &dyn Fn(&str) -> String) -> bool {
        match self {
            Self::Is { field, is } => answers.all(&resolve(field)).contains(is),
            Self::In { field, r#in } => answers.all(&resolve(field)).iter().any(|v| r#in.contains(v)),
            Self::Answered { field, answered } => answers.has(&resolve(field)) == *answered,
            Self::Not { not } => !not.holds(answers, resolve),
            Self::All { all } => all.iter().all(|c| c.holds(answers, resolve)),
            Self::Any { any } => any.iter().any(|c| c.holds(answers, resolve)),
        }
    }

    /// Every leaf: the field's path with the values it is compared with (none for `answered`).
    #[must_use]
    pub fn leaves(&self) -> Vec<(&str, &[String])> {
        match self {
            Self::Is { field, is } => vec![(field, std::slice::from_ref(is))],
            Self::In { field, r#in } => vec![(field, r#in)],
            Self::Answered { field, .. } => vec![(field, &[])],
            Self::Not { not } => not.leaves(),
            Self::All { all } => all.iter().flat_map(Self::leaves).collect(),
            Self::Any { any } => any.iter().flat_map(Self::leaves).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        #[derive(Deserialize)]
        struct Holder {
            c: Condition,
        }
        toml::from_str::<Holder>(&format!("c = {text}")).unwrap().c
    }

    #[test]
    fn every_form_is_read_and_holds_as_it_says() {
        let answers =
            Answers::from_pairs([("a", "1"), ("k", "x"), ("k", "y"), ("p.q", "z")].map(|(p, v)| (p.to_owned(), v.to_owned())))
                .unwrap();
        let holds = |text: &str| condition(text).holds(&answers, &str::to_owned);
        assert!(holds(r#"{ field = "a", is = "1" }"#));
        assert!(!holds(r#"{ field = "a", is = "2" }"#));
        assert!(holds(r#"{ field = "k", is = "y" }"#));
        assert!(holds(r#"{ field = "k", in = ["q", "x"] }"#));
        assert!(!holds(r#"{ field = "gone", in = ["q", "x"] }"#));
        assert!(holds(r#"{ field = "p", answered = true }"#));
        assert!(holds(r#"{ field = "gone", answered = false }"#));
        assert!(holds(r#"{ not = { field = "a", is = "2" } }"#));
        assert!(!holds(r#"{ all = [{ field = "a", is = "1" }, { field = "k", is = "z" }] }"#));
        assert!(holds(r#"{ any = [{ field = "a", is = "1" }, { field = "k", is = "z" }] }"#));
        assert!(holds("{ all = [] }") && !holds("{ any = [] }"));
    }

    #[test]
    fn a_misspelt_condition_is_refused() {
        assert!(toml::from_str::<Condition>("field = 'a'\niss = '1'").is_err());
        assert!(toml::from_str::<Condition>("field = 'a'\nis = '1'\nin = ['2']").is_err());
    }
}
