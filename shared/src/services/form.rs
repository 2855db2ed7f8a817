//! The form (申请表) of a service item: pages of fields, as data in the catalogue file.
//!
//! Which fields are shown is decided in [`crate::services::visibility`].

use super::condition::Condition;
use crate::texts::Bilingual;
use serde::{Deserialize, Serialize};

/// A form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its pages, one topic each, in order.
    pub pages: Vec<Page>,
}

/// One page: one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Unique in the form; part of the address of the page.
    pub id: String,
    /// The heading.
    pub title: Bilingual,
    /// A sentence below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
    /// Shown only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<Condition>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

/// The kind of value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line of text; `min`, `max` in characters.
    ShortText,
    /// Several lines of text; `min`, `max` in characters.
    LongText,
    /// A number with at most `decimals` decimal places; `min`, `max`.
    Number,
    /// Money (金额), typed in yuan, stored as yuan with two decimals; `min`, `max` in fen.
    Money,
    /// A date; `earliest`, `latest`.
    Date,
    /// Yes or no: `yes`, `no`.
    YesNo,
    /// One of the `options`.
    OneOf,
    /// Some of the `options`; `min`, `max` of how many.
    SomeOf,
    /// A district of the city, by code.
    District,
    /// An address in the city: `.district`, `.street`, `.detail`.
    Address,
    /// A resident ID number (公民身份号码).
    ResidentId,
    /// A unified social credit code (统一社会信用代码).
    Uscc,
    /// A mobile number.
    Phone,
    /// An e-mail address.
    Email,
    /// A bank account.
    BankAccount,
    /// A person: `.name`, `.resident_id`.
    Person,
    /// Rows of `fields`; `min`, `max` rows. A row's paths are `<id>.<index>.<field>`.
    Repeat,
    /// Uploads of the `material`; `min`, `max` of how many. The values are upload ids.
    File,
    /// A statement to agree to: `yes`.
    Declaration,
}

/// One option of a `one_of` or `some_of` field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// As stored.
    pub value: String,
    /// As shown.
    pub label: Bilingual,
    /// A sentence below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Unique in the form (inside a repeated block: in the block).
    pub id: String,
    /// The label or question; of a declaration, the statement.
    pub label: Bilingual,
    /// A sentence below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
    /// The kind of its value.
    pub kind: Kind,
    /// Whether it must be answered when shown; true unless the file sets it.
    #[serde(default = "yes")]
    pub required: bool,
    /// Shown only when this holds. It may name earlier fields only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<Condition>,
    /// Key of the register fact that prefills the field; of a repeated block, the common prefix of the keys of its facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Shown masked, except to its owner; staff can ask to see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Minimum; [`Kind`] says of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Maximum; [`Kind`] says of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Decimal places of a number; 0 (a whole number) unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// The unit of a number (平方米).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Bilingual>,
    /// First date: `2020-01-01`, `today`, `today-120y`, `today+30d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// Last date, in the same format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// The choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Id of the item's material that is uploaded here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Fields of one row of a repeated block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

const fn yes() -> bool {
    true
}

/// The answer that means yes, or agreed.
pub const YES: &str = "yes";
/// The answer that means no.
pub const NO: &str = "no";

/// A part of a field that takes a value of its own. Most fields have one, whose id is empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Appended to the field's path after a dot; empty if the field has one value only.
    pub id: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// Minimum and maximum number of characters of a text.
    pub chars: Option<(u32, u32)>,
}

const fn part(id: &'static str, kind: Kind, chars: Option<(u32, u32)>) -> Part {
    Part { id, kind, chars }
}

/// Parts of an address.
pub const ADDRESS: &[Part] = &[
    part("district", Kind::District, None),
    part("street", Kind::ShortText, Some((2, 40))),
    part("detail", Kind::ShortText, Some((2, 120))),
];
/// Parts of a person.
pub const PERSON: &[Part] = &[part("name", Kind::ShortText, Some((2, 50))), part("resident_id", Kind::ResidentId, None)];

impl Field {
    /// The parts that take values; none for a repeated block.
    #[must_use]
    pub fn parts(&self) -> &'static [Part] {
        // The result is static, so a field of one value needs a static part per kind; the match stays exhaustive.
        macro_rules! parts_of {
            ($($kind:ident),*) => {
                match self.kind {
                    Kind::Address => ADDRESS,
                    Kind::Person => PERSON,
                    Kind::Repeat => &[],
                    $(Kind::$kind => const { &[part("", Kind::$kind, None)] },)*
                }
            };
        }
        parts_of!(
            ShortText,
            LongText,
            Number,
            Money,
            Date,
            YesNo,
            OneOf,
            SomeOf,
            District,
            ResidentId,
            Uscc,
            Phone,
            Email,
            BankAccount,
            File,
            Declaration
        )
    }

    /// Each part with its path, for the field at this path.
    pub fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'static Part, String)> + 'a {
        self.parts().iter().map(move |p| (p, join(path, p.id)))
    }

    /// The fact that a part is filled from.
    #[must_use]
    pub fn fact_of(&self, part: &Part) -> Option<String> {
        self.fact.as_deref().map(|f| join(f, part.id))
    }

    /// Whether a value of this part is masked: an ID number, a phone number, an e-mail address or a bank account always is.
    #[must_use]
    pub fn is_masked(&self, part: &Part) -> bool {
        self.sensitive || matches!(part.kind, Kind::ResidentId | Kind::Phone | Kind::Email | Kind::BankAccount)
    }

    /// Maximum number of rows, uploads or chosen options.
    #[must_use]
    pub fn max_count(&self) -> u32 {
        let default = match self.kind {
            Kind::File => 1,
            Kind::SomeOf => i64::try_from(self.options.len()).unwrap_or(i64::MAX),
            _ => 20,
        };
        u32::try_from(self.max.unwrap_or(default)).unwrap_or(0)
    }

    /// Minimum number of rows, uploads or chosen options.
    #[must_use]
    pub fn min_count(&self) -> u32 {
        u32::try_from(self.min.unwrap_or(0)).unwrap_or(0).max(u32::from(self.required))
    }
}

/// `path.id`, or the path where the id is empty.
#[must_use]
pub fn join(path: &str, id: &str) -> String {
    if id.is_empty() { path.to_owned() } else { format!("{path}.{id}") }
}
