//! A service item (政务服务事项): its applicants, legal basis, conditions and form. Data: one TOML file for each item under
//! `server/catalogue/`, stored as JSON; docs/how-to/add-a-service-item.md explains every key.

use super::{
    form::Form,
    routing::Route,
    rule::{Benefit, Rule},
    source::Source,
};
use crate::{
    coded_enum,
    texts::{Bilingual, Lang, services as text},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why a catalogue file can't be read: the line and the key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(#[from] toml::de::Error);

/// One version of a service item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Used in addresses and in the store: lower-case words with hyphens.
    pub code: String,
    /// Increases with every change. A published version is never changed.
    pub version: i32,
    /// When it applies.
    pub valid: Validity,
    /// Its name.
    pub name: Bilingual,
    /// The service in one or two plain sentences.
    pub summary: Bilingual,
    /// The applicants.
    pub audience: Audience,
    /// Codes of [`super::themes::THEMES`].
    pub themes: Vec<String>,
    /// Codes of [`super::themes::LIFE_EVENTS`].
    #[serde(default)]
    pub life_events: Vec<String>,
    /// Other names: found by search, not shown.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// First part of the codes of the department's organisations: `civil-affairs` of `civil-affairs-420106`.
    pub department: String,
    /// The name of the department.
    pub department_name: Bilingual,
    /// The level of the deciding organisation.
    pub level: Level,
    /// The legal basis.
    pub legal_basis: Vec<LegalBasis>,
    /// The conditions, each with its rule.
    pub conditions: Vec<Condition>,
    /// The amounts it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit: Option<Benefit>,
    /// The required materials.
    pub materials: Vec<Material>,
    /// The time limits.
    pub time: Time,
    /// The fee.
    pub fee: Fee,
    /// Visits in person (到现场次数); 0 is entirely online (全程网办).
    pub visits: u8,
    /// The resulting document.
    pub result: ResultDocument,
    /// Whether it may be applied for again while an application is open.
    pub repeatable: bool,
    /// The reasons for which it may be refused or not accepted.
    pub refusals: Vec<Refusal>,
    /// The deciding organisation: ordered rules, the first match wins.
    pub routing: Vec<Route>,
    /// The form.
    pub form: Form,
}

/// When a version applies (有效期).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The first day on which it does not apply any more; open where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Validity {
    /// Whether it applies on this day.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

coded_enum! {
    /// Groups of applicants (服务对象).
    pub enum Audience {
        /// Persons (自然人).
        Person = "person",
        /// Enterprises (法人).
        Enterprise = "enterprise",
    }
}

impl Audience {
    /// As shown.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Person => text::audience_person(lang),
            Self::Enterprise => text::audience_enterprise(lang),
        }
    }
}

/// On which level it is decided (行使层级).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The city (市级).
    City,
    /// A district (区级).
    District,
    /// A street office (街道级).
    Street,
}

impl Level {
    /// As shown.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::City => text::level_city(lang),
            Self::District => text::level_district(lang),
            Self::Street => text::level_street(lang),
        }
    }
}

/// One article of a law (设定依据).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// Unique in the item; refusals name it.
    pub id: String,
    /// The law.
    pub title: Bilingual,
    /// The article and its content, in short.
    pub clause: Bilingual,
    /// The text that was read.
    pub source: Source,
}

/// One condition (办理条件) and how it is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Unique in the item.
    pub id: String,
    /// In plain words.
    pub text: Bilingual,
    /// Where it comes from.
    pub source: Source,
    /// How it is decided before applying.
    pub rule: Rule,
}

/// Where a material can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The city's registers: nothing to bring (数据共享, 免提交).
    Register,
    /// The person's certificates (电子证照).
    Certificate,
    /// An upload.
    Upload,
}

impl Origin {
    /// As shown.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Register => text::origin_register(lang),
            Self::Certificate => text::origin_certificate(lang),
            Self::Upload => text::origin_upload(lang),
        }
    }
}

/// One material (申请材料).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Unique in the item; file fields name it.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// How it should look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
    /// Where it can come from, the best first.
    pub from: Vec<Origin>,
    /// Whether it is always needed.
    pub required: bool,
    /// The source of the requirement.
    pub source: Source,
}

/// The time limits (办理时限), in working days of the decision clock, from acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// At most, by law (法定时限).
    pub legal_days: i32,
    /// As promised (承诺时限).
    pub promised_days: i32,
    /// Where the legal limit comes from.
    pub source: Source,
}

/// The fee (收费).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In fen; 0 is free.
    pub fen: i64,
    /// Where it comes from.
    pub source: Source,
}

/// The resulting document (结果文书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultDocument {
    /// Its name.
    pub name: Bilingual,
    /// Years for which it is valid; open where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_years: Option<u8>,
    /// Where that comes from.
    pub source: Source,
}

/// A reason for which it may be refused or not accepted (不予受理、不予许可理由).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Unique in the item; stored with the decision.
    pub code: String,
    /// In a sentence to the applicant.
    pub text: Bilingual,
    /// Id of the legal basis or of the condition that justifies it.
    pub basis: String,
}

impl Item {
    /// Parses a catalogue file; [`Item::check`] checks its consistency.
    ///
    /// # Errors
    /// [`Unreadable`] names the line and the key.
    pub fn parse(toml: &str) -> Result<Self, Unreadable> {
        Ok(toml::from_str(toml)?)
    }

    /// The refusal with this code.
    #[must_use]
    pub fn refusal(&self, code: &str) -> Option<&Refusal> {
        self.refusals.iter().find(|r| r.code == code)
    }

    /// The basis of a refusal in words: the law with its article, or the condition.
    #[must_use]
    pub fn basis_text(&self, refusal: &Refusal, lang: Lang) -> String {
        let law = self.legal_basis.iter().find(|b| b.id == refusal.basis);
        let condition = self.conditions.iter().find(|c| c.id == refusal.basis);
        law.map(|b| text::law_clause(lang, text::ClauseTitle { clause: b.clause.text(lang), title: b.title.text(lang) }))
            .or_else(|| condition.map(|c| c.text.text(lang).to_owned()))
            .unwrap_or_default()
    }

    /// The material with this id.
    #[must_use]
    pub fn material(&self, id: &str) -> Option<&Material> {
        self.materials.iter().find(|m| m.id == id)
    }

    /// Everything it can be found by, as written; the server adds pinyin and initials.
    pub fn search_words(&self) -> impl Iterator<Item = &str> {
        let own = [&self.name.zh, &self.name.en, &self.summary.zh, &self.summary.en, &self.code];
        own.into_iter().chain(&self.synonyms).map(String::as_str)
    }

    /// The facts of its form and its rules: the only ones that may be read from the registers for it.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let mut keys = self.form.facts();
        keys.extend(self.rule_facts());
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Whether anything in it is an example only.
    #[must_use]
    pub fn has_examples(&self) -> bool {
        let own = [&self.time.source, &self.fee.source, &self.result.source];
        let lists = self.legal_basis.iter().map(|b| &b.source).chain(self.conditions.iter().map(|c| &c.source));
        let lists = lists.chain(self.materials.iter().map(|m| &m.source));
        let amounts = self.benefit.iter().flat_map(|b| &b.rows).map(|r| &r.source);
        own.into_iter().chain(lists).chain(amounts).any(Source::is_example)
    }
}
