//! The care profile (照护档案) and the emergency contacts (紧急联系人) of a person.

use super::geo::Fix;
use crate::{
    FieldError, FieldErrorKind, Problem,
    account::Phone,
    ids::{AccountId, ContactId},
};
use serde::{Deserialize, Serialize};

/// Most characters of an answer.
const TEXT_MOST: u32 = 500;
/// Most characters of a name or a relation.
const NAME_MOST: u32 = 50;
/// Most contacts of one person: their places are 1 to 9.
pub const CONTACTS_MOST: i16 = 9;

/// What a responder should know about a person. Every field may be empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Illnesses (疾病).
    pub conditions: String,
    /// Regular medication (用药).
    pub medication: String,
    /// Allergies (过敏).
    pub allergies: String,
    /// How they move (行动能力): a wheelchair, a stick, bedridden.
    pub mobility: String,
    /// Their languages, BCP 47: `zh`, `zh-x-wuhan`, `en` …
    pub languages: Vec<String>,
    /// Where a key is, or who holds one (钥匙).
    pub key_place: String,
    /// The home address.
    pub address: String,
    /// The location of the home.
    pub home: Option<Fix>,
    /// Further information.
    pub note: String,
}

impl Profile {
    /// The answers in words, by their names in the form.
    fn texts(&self) -> [(&'static str, &str); 7] {
        [
            ("conditions", &self.conditions),
            ("medication", &self.medication),
            ("allergies", &self.allergies),
            ("mobility", &self.mobility),
            ("key_place", &self.key_place),
            ("address", &self.address),
            ("note", &self.note),
        ]
    }

    /// Checks the fields.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming fields that are too long, and `languages` for an unknown one.
    pub fn check(&self) -> Result<(), Problem> {
        let long = |text: &str| text.chars().count() > usize::try_from(TEXT_MOST).unwrap_or(usize::MAX);
        let mut errors: Vec<FieldError> = self
            .texts()
            .into_iter()
            .filter(|(_, text)| long(text))
            .map(|(field, _)| FieldError { field: field.to_owned(), kind: FieldErrorKind::TooLong { max: TEXT_MOST } })
            .collect();
        if self.languages.iter().any(|tag| !LANGUAGES.contains(&tag.as_str())) {
            errors.push(FieldError { field: "languages".to_owned(), kind: FieldErrorKind::NotAnOption });
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
    }
}

/// Languages to choose from (BCP 47; `x` marks our own names of dialects).
pub const LANGUAGES: &[&str] = &["zh", "zh-x-wuhan", "yue", "en", "csl"];

/// An emergency contact, as sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// Their relation to the person: daughter, neighbour.
    pub relation: String,
}

impl Contact {
    /// Reads what was typed; the number as the digits it has.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming `name`, `phone` or `relation`.
    pub fn read(name: &str, phone: &str, relation: &str) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut add_error = |field: &str, kind| errors.push(FieldError { field: field.to_owned(), kind });
        let long = |text: &str| text.chars().count() > usize::try_from(NAME_MOST).unwrap_or(usize::MAX);
        match name.trim() {
            "" => add_error("name", FieldErrorKind::Required),
            name if long(name) => add_error("name", FieldErrorKind::TooLong { max: NAME_MOST }),
            _ => {}
        }
        let phone = Phone::parse(phone).map_err(|kind| add_error("phone", kind));
        if long(relation.trim()) {
            add_error("relation", FieldErrorKind::TooLong { max: NAME_MOST });
        }
        match phone {
            Ok(phone) if errors.is_empty() => {
                Ok(Self { name: name.trim().to_owned(), phone: phone.as_str().to_owned(), relation: relation.trim().to_owned() })
            }
            _ => Err(Problem::Invalid { errors }),
        }
    }
}

/// A contact as the person and the dispatchers of their calls see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// Its key.
    pub id: ContactId,
    /// Its place in the order, from 1.
    pub place: i16,
    /// Their account, if they have one: they are notified in the inbox and may answer.
    pub account: Option<AccountId>,
    /// Whether they hold a key.
    pub key_holder: bool,
    /// Name, number and relation.
    pub contact: Contact,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_read_whole_or_every_slip_is_named() {
        let read = Contact::read(" 王秀兰 ", "138 1234 5678", "女儿").unwrap();
        assert_eq!((read.name.as_str(), read.phone.as_str()), ("王秀兰", "13812345678"));
        let Err(Problem::Invalid { errors }) = Contact::read("", "123", &"长".repeat(60)) else { panic!("read") };
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["name", "phone", "relation"]);
    }

    #[test]
    fn a_profile_may_be_empty_but_not_endless() {
        Profile::default().check().unwrap();
        let long = Profile { note: "长".repeat(501), languages: vec!["tlh".to_owned()], ..Profile::default() };
        let Err(Problem::Invalid { errors }) = long.check() else { panic!("taken") };
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["note", "languages"]);
    }

    #[test]
    fn a_profile_of_an_older_version_still_reads() {
        let old: Profile = serde_json::from_str(r#"{"conditions":"高血压"}"#).unwrap();
        assert_eq!(old.conditions, "高血压");
    }
}
