//! A service item (政务服务事项): what is applied for, by whom, under which law, with which form. Data: one TOML file
//! an item under `server/catalogue/`, stored as JSON; docs/how-to/add-a-service-item.md explains every key.

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
    /// Stands in addresses and in the store: lower-case words with hyphens.
    pub code: String,
    /// Rises with every change. A published version is never changed.
    pub version: i32,
    /// When it applies.
    pub valid: Validity,
    /// Its name.
    pub name: Bilingual,
    /// What one gets, in a sentence or two of plain words.
    pub summary: Bilingual,
    /// Who applies.
    pub audience: Audience,
    /// Codes of [`super::themes::THEMES`].
    pub themes: Vec<String>,
    /// Codes of [`super::themes::LIFE_EVENTS`].
    #[serde(default)]
    pub life_events: Vec<String>,
    /// What people call it: found by search, not shown.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// First part of the codes of the department's organisations: `civil-affairs` of `civil-affairs-420106`.
    pub department: String,
    /// What the department is called.
    pub department_name: Bilingual,
    /// Who decides.
    pub level: Level,
    /// The law it rests on.
    pub legal_basis: Vec<LegalBasis>,
    /// Who gets it; each with the rule that decides it.
    pub conditions: Vec<Condition>,
    /// What it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit: Option<Benefit>,
    /// What is needed.
    pub materials: Vec<Material>,
    /// How long it takes.
    pub time: Time,
    /// What it costs.
    pub fee: Fee,
    /// Visits in person (到现场次数); 0 is entirely online (全程网办).
    pub visits: u8,
    /// What one holds at the end.
    pub result: ResultDocument,
    /// Whether it may be applied for again while an application is open.
    pub repeatable: bool,
    /// For what it may be refused or not accepted.
    pub refusals: Vec<Refusal>,
    /// Who gets the application: ordered, the first match wins.
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
    /// Who applies (服务对象).
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
    /// The article and what it says, in short.
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
    /// What it is.
    pub name: Bilingual,
    /// How it should look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Bilingual>,
    /// Where it can come from, the best first.
    pub from: Vec<Origin>,
    /// Whether it is always needed.
    pub required: bool,
    /// Who says that it is needed.
    pub source: Source,
}

/// How long it takes (办理时限), in working days of the decision clock, from acceptance.
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

/// What it costs (收费).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In fen; 0 is free.
    pub fen: i64,
    /// Where it comes from.
    pub source: Source,
}

/// What one holds at the end (结果文书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultDocument {
    /// What it is called.
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
    /// Id of the legal basis or of the condition it rests on.
    pub basis: String,
}

impl Item {
    /// Reads a catalogue file. That it makes sense is [`Item::check`]'s to say.
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

    /// What a refusal rests on, in words: the law with its article, or the condition.
    #[must_use]
    pub fn basis_text(&self, refusal: &Refusal, lang: Lang) -> String {
        let law = self.legal_basis.iter().find(|b| b.id == refusal.basis);
        let condition = self.conditions.iter().find(|c| c.id == refusal.basis);
        law.map(|b| format!("{} {}", b.title.text(lang), b.clause.text(lang)))
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

    /// The facts that its form and its rules ask for: what may be read of the registry for it, and no more.
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
