//! Typed actions: one input type for each action, used by its form, its server function and its handler.
//!
//! Typed values stay text in these types; the handler checks them and reports errors by the name of the field. Ids and
//! choices are text for the same reason: a missing choice is an error at its field, not a malformed request.

use super::flow::Action;
use crate::{FieldError, FieldErrorKind, Problem};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, str::FromStr};

/// The input of an action.
pub trait ActionInput: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The action, as stored in events and posted by forms.
    const ACTION: Action;
}

/// Declares the inputs of actions: `Name = ACTION { field: Type, … }`. Every field may be left out by a form.
#[macro_export]
macro_rules! action_inputs {
    ($($(#[$doc:meta])* $name:ident = $action:expr $(, { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? })? ;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($($(#[$field_doc])* pub $field: $type,)+)?
        }

        impl $crate::cases::action::ActionInput for $name {
            const ACTION: $crate::cases::flow::Action = $action;
        }
    )+};
}

/// The name of a field of an input. Renaming the field breaks the build of every form and error that names it.
#[macro_export]
macro_rules! field {
    ($input:ty, $field:ident) => {{
        #[allow(dead_code, reason = "only compiled: the field must exist")]
        fn exists(input: &$input) {
            let _ = &input.$field;
        }
        stringify!($field)
    }};
}

/// The fields of a form as posted, by name. A name with a dot is an entry of a map: `notes.phone` is `phone` in `notes`.
pub type PostedFields = BTreeMap<String, String>;

/// Reads an input from posted fields.
///
/// # Errors
/// [`Problem::Invalid`] for fields that the input cannot hold.
pub fn read_fields<I: DeserializeOwned>(fields: &PostedFields) -> Result<I, Problem> {
    read_document(nest_fields(fields)?)
}

/// Reads an input from a document: posted fields, or the body of a machine client.
///
/// # Errors
/// [`Problem::Invalid`] for a document that the input cannot hold.
pub fn read_document<I: DeserializeOwned>(document: serde_json::Value) -> Result<I, Problem> {
    serde_json::from_value(document).map_err(|_| Problem::field("", FieldErrorKind::Unknown))
}

/// Posted fields as a document: entries of maps nested.
///
/// # Errors
/// [`Problem::Invalid`] for a name that is both a field and a map.
pub fn nest_fields(fields: &PostedFields) -> Result<serde_json::Value, Problem> {
    let mut input = serde_json::Map::new();
    for (name, value) in fields {
        let value = serde_json::Value::String(value.clone());
        match name.split_once('.') {
            None => {
                input.insert(name.clone(), value);
            }
            Some((map, entry)) => {
                let map = input.entry(map).or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
                let Some(map) = map.as_object_mut() else { return Err(Problem::field("", FieldErrorKind::Unknown)) };
                map.insert(entry.to_owned(), value);
            }
        }
    }
    Ok(input.into())
}

/// A text of an input: trimmed, with so many characters.
///
/// # Errors
/// [`Problem::Invalid`] naming the field.
pub fn bounded_text(field: &str, text: &str, least: u32, most: u32) -> Result<String, Problem> {
    let text = text.trim();
    let kind = match u32::try_from(text.chars().count()).unwrap_or(u32::MAX) {
        0 if least > 0 => FieldErrorKind::Required,
        n if n < least => FieldErrorKind::TooShort { min: least },
        n if n > most => FieldErrorKind::TooLong { max: most },
        _ => return Ok(text.to_owned()),
    };
    Err(Problem::Invalid { errors: vec![FieldError { field: field.to_owned(), kind }] })
}

/// A choice of an input that must be made: an id, or one of an enum.
///
/// # Errors
/// [`Problem::Invalid`] naming the field: required when empty, no option when unknown.
pub fn required_choice<T: FromStr>(field: &str, text: &str) -> Result<T, Problem> {
    let text = text.trim();
    text.parse()
        .map_err(|_| Problem::field(field, if text.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::NotAnOption }))
}

/// Reads a field that forms post as text and machine clients may send as a number.
///
/// # Errors
/// For any other type of value.
pub fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Text(String),
        Number(i64),
        None(()),
    }
    Ok(match Given::deserialize(deserializer)? {
        Given::Text(text) => text,
        Given::Number(number) => number.to_string(),
        Given::None(()) => String::new(),
    })
}

/// Reads a set that forms post as a map of ticked boxes and machine clients may send as a list; each value once, in order.
///
/// # Errors
/// For any other type of value.
pub fn ticked_values<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<std::collections::BTreeSet<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        List(Vec<String>),
        Map(BTreeMap<String, String>),
    }
    Ok(match Given::deserialize(deserializer)? {
        Given::List(values) => values.into_iter().collect(),
        Given::Map(ticked) => ticked.into_values().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    action_inputs! {
        /// A trial with fields of each shape.
        Trial = Action("trial"), {
            /// A text.
            sentence: String,
            /// Notes by path.
            notes: BTreeMap<String, String>,
            /// Ticked boxes.
            #[serde(deserialize_with = "ticked_values")]
            ticked: BTreeSet<String>,
        };
    }

    fn posted(pairs: &[(&str, &str)]) -> PostedFields {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_dotted_name_is_an_entry_of_a_map() {
        let trial: Trial = read_fields(&posted(&[("sentence", "x"), ("notes.rows.0.name", "wrong digit")])).unwrap();
        assert_eq!(trial.sentence, "x");
        assert_eq!(trial.notes.get("rows.0.name").map(String::as_str), Some("wrong digit"));
    }

    #[test]
    fn ticked_boxes_come_once_each_and_in_one_order() {
        let trial: Trial = read_fields(&posted(&[("ticked.0", "b"), ("ticked.1", "a"), ("ticked.2", "b")])).unwrap();
        assert_eq!(trial.ticked, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert_eq!(serde_json::from_str::<Trial>(r#"{"ticked":["b","a"]}"#).unwrap(), trial);
    }

    #[test]
    fn a_text_where_a_map_belongs_is_refused() {
        assert!(read_fields::<Trial>(&posted(&[("notes", "x"), ("notes.a", "y")])).is_err());
        assert!(read_fields::<Trial>(&posted(&[("notes", "x")])).is_err());
    }

    #[test]
    fn a_choice_is_required_and_one_of_the_options() {
        assert_eq!(required_choice::<u8>("n", " 7 "), Ok(7));
        assert_eq!(required_choice::<u8>("n", " "), Err(Problem::field("n", FieldErrorKind::Required)));
        assert_eq!(required_choice::<u8>("n", "x"), Err(Problem::field("n", FieldErrorKind::NotAnOption)));
    }

    #[test]
    fn a_field_is_named_as_it_is_declared() {
        assert_eq!(field!(Trial, sentence), "sentence");
    }
}
