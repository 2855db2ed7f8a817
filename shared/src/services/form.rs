//! The form (申请表) of a service item: pages of fields, as data in the catalogue file.
//!
//! [`Form::shown`] is the one walk over a form with its answers. What is sent, checked, displayed and compared all
//! come from it, so that the browser and the server can't disagree on what a person was asked.

use super::{answers::Answers, condition::Condition, tidy::tidy};
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
    /// Unique in the form; stands in the page's address.
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

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line of text; `min`, `max` in characters.
    ShortText,
    /// Several lines of text; `min`, `max` in characters.
    LongText,
    /// A number with at most `decimals` decimal places; `min`, `max`.
    Number,
    /// Money (金额), typed in yuan, kept as yuan with two decimals; `min`, `max` in fen.
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

/// A choice of `one_of` and `some_of`.
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
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be answered when shown; it must unless the file says otherwise.
    #[serde(default = "yes")]
    pub required: bool,
    /// Shown only when this holds. It may name earlier fields alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<Condition>,
    /// The fact of the registry it is filled from beforehand; of a block, the part of the key the facts share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Shown masked to anybody but its owner and who must work with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Least: see [`Kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Most: see [`Kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Decimal places of a number; none unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// What a number counts (平方米).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Bilingual>,
    /// First date: `2020-01-01`, `today`, `today-120y`, `today+30d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// Last date, in the same ways.
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
    /// Stands behind the field's path and a dot; empty where the field is its own part.
    pub id: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Least and most characters of a text.
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
        macro_rules! own {
            ($($kind:ident),*) => {
                match self.kind {
                    Kind::Address => ADDRESS,
                    Kind::Person => PERSON,
                    Kind::Repeat => &[],
                    $(Kind::$kind => const { &[part("", Kind::$kind, None)] },)*
                }
            };
        }
        own!(
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

    /// Whether a value of this part is masked: an ID number, a phone or an account always is.
    #[must_use]
    pub fn masks(&self, part: &Part) -> bool {
        self.sensitive || matches!(part.kind, Kind::ResidentId | Kind::Phone | Kind::Email | Kind::BankAccount)
    }

    /// Most rows, uploads or picks.
    #[must_use]
    pub fn most(&self) -> u32 {
        let usual = match self.kind {
            Kind::File => 1,
            Kind::SomeOf => i64::try_from(self.options.len()).unwrap_or(i64::MAX),
            _ => 20,
        };
        u32::try_from(self.max.unwrap_or(usual)).unwrap_or(0)
    }

    /// Least rows, uploads or picks.
    #[must_use]
    pub fn least(&self) -> u32 {
        u32::try_from(self.min.unwrap_or(0)).unwrap_or(0).max(u32::from(self.required))
    }
}

/// `path.id`, or the path where the id is empty.
#[must_use]
pub fn join(path: &str, id: &str) -> String {
    if id.is_empty() { path.to_owned() } else { format!("{path}.{id}") }
}

/// A field that is shown for some answers.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The page it stands on.
    pub page: &'a Page,
    /// The field.
    pub field: &'a Field,
    /// Its path: the id, or `block.row.id` inside a repeated block.
    pub path: String,
    /// The repeated block and the row's index.
    pub row: Option<(&'a Field, u16)>,
}

impl Form {
    /// Every field that is shown for these answers, in order; a repeated block before the fields of its rows.
    #[must_use]
    pub fn shown(&self, answers: &Answers) -> Vec<Shown<'_>> {
        self.walk(answers).0
    }

    /// The answers that are sent: those of shown fields. What is hidden, and what the form does not ask, is not.
    #[must_use]
    pub fn visible(&self, answers: &Answers) -> Answers {
        self.walk(answers).1
    }

    /// The pages that are shown.
    #[must_use]
    pub fn shown_pages(&self, answers: &Answers) -> Vec<&Page> {
        let kept = self.visible(answers);
        self.pages.iter().filter(|p| p.show_if.as_ref().is_none_or(|c| c.holds(&kept, &str::to_owned))).collect()
    }

    /// The page with this id.
    #[must_use]
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|p| p.id == id)
    }

    /// The field and the part that a path names, whether or not it is shown. The path of a block or of a repeated
    /// block as a whole names it without a part.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(&Field, Option<&'static Part>)> {
        let mut segments = path.split('.');
        let first = segments.next()?;
        if path.ends_with('.') {
            return None;
        }
        let field = self.pages.iter().flat_map(|p| &p.fields).find(|f| f.id == first)?;
        let rest: Vec<&str> = segments.collect();
        if field.kind != Kind::Repeat {
            return part_of(field, &rest);
        }
        match rest.as_slice() {
            [] => Some((field, None)),
            [index, id, rest @ ..] => {
                index.parse::<u16>().ok().filter(|i| i.to_string() == **index)?;
                part_of(field.fields.iter().find(|f| f.id == *id)?, rest)
            }
            [_] => None,
        }
    }

    /// The facts that its fields are filled from.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let fields = self.pages.iter().flat_map(|p| &p.fields).flat_map(|f| std::iter::once(f).chain(&f.fields));
        fields.flat_map(|f| f.parts().iter().filter_map(|p| f.fact_of(p))).collect()
    }

    /// Conditions name earlier fields only, so one pass in order decides each on what is left of the answers: a
    /// field that depends on a hidden one is decided as if that had no answer.
    fn walk<'a>(&'a self, answers: &Answers) -> (Vec<Shown<'a>>, Answers) {
        let (mut shown, mut kept) = (Vec::new(), Answers::default());
        for page in &self.pages {
            if page.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &str::to_owned)) {
                continue;
            }
            for field in &page.fields {
                if field.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &str::to_owned)) {
                    continue;
                }
                keep(field, &field.id, answers, &mut kept);
                shown.push(Shown { page, field, path: field.id.clone(), row: None });
                for index in answers.rows(&field.id).into_iter().filter(|_| field.kind == Kind::Repeat) {
                    let row = format!("{}.{index}", field.id);
                    for inner in &field.fields {
                        let resolve = |path: &str| in_row(field, &row, path);
                        if inner.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &resolve)) {
                            continue;
                        }
                        let path = join(&row, &inner.id);
                        keep(inner, &path, answers, &mut kept);
                        shown.push(Shown { page, field: inner, path, row: Some((field, index)) });
                    }
                }
            }
        }
        (shown, kept)
    }
}

fn keep(field: &Field, path: &str, answers: &Answers, kept: &mut Answers) {
    for (part, path) in field.at(path) {
        kept.set(&path, tidy(part.kind, answers.all(&path)));
    }
}

fn part_of<'a>(field: &'a Field, rest: &[&str]) -> Option<(&'a Field, Option<&'static Part>)> {
    let wanted = rest.join(".");
    match field.parts().iter().find(|p| p.id == wanted) {
        Some(part) => Some((field, Some(part))),
        None => rest.is_empty().then_some((field, None)),
    }
}

/// A path as written in a condition inside a repeated block: a sibling of the same row, else a field of the form.
fn in_row(block: &Field, row: &str, path: &str) -> String {
    let first = path.split('.').next().unwrap_or_default();
    if block.fields.iter().any(|f| f.id == first) { join(row, path) } else { path.to_owned() }
}
