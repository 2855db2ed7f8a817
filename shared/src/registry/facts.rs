//! Facts (登记事实): registered values about a person, with the agency and the date of confirmation.

use crate::{
    registry::districts,
    texts::{Bilingual, Lang, registry as text},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a fact's value is written and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Any text.
    Text,
    /// A date, `2026-01-31`.
    Date,
    /// A whole number.
    Number,
    /// A resident ID number (公民身份号码), 18 characters.
    ResidentId,
    /// A mobile number, 11 digits.
    Phone,
    /// A district's code (GB/T 2260).
    District,
    /// One of a set of codes, with texts in texts/registry.toml under `<last part of the key>_<code>`.
    Code,
}

/// A row of the table of facts, the only facts that forms and rules may name.
#[derive(Debug)]
pub struct FactKey {
    /// As in catalogue files; the parts of a block follow a dot (`person.address` has `person.address.street`).
    pub key: &'static str,
    /// Name in Chinese.
    pub zh: &'static str,
    /// Name in English.
    pub en: &'static str,
    /// Whether it is masked for everyone except its owner.
    pub sensitive: bool,
    /// The kind of its value.
    pub kind: FactKind,
}

impl FactKey {
    /// The name in this language.
    #[must_use]
    pub fn label(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

const fn row(key: &'static str, kind: FactKind, sensitive: bool, zh: &'static str, en: &'static str) -> FactKey {
    FactKey { key, zh, en, sensitive, kind }
}

/// The facts about a person, after the columns of the population register (人口库).
#[rustfmt::skip]
pub const FACTS: &[FactKey] = &[
    row("person.name",             FactKind::Text,       false, "姓名",         "Name"),
    row("person.resident_id",      FactKind::ResidentId, true,  "身份证号",     "ID number"),
    row("person.sex",              FactKind::Code,       false, "性别",         "Sex"),
    row("person.born_on",          FactKind::Date,       false, "出生日期",     "Date of birth"),
    row("person.status",           FactKind::Code,       false, "登记状态",     "Status in the register"),
    row("person.address.district", FactKind::District,   false, "户籍所在区",   "Registered district"),
    row("person.address.street",   FactKind::Text,       false, "户籍所在街道", "Registered street office"),
    row("person.address.detail",   FactKind::Text,       false, "户籍地址",     "Registered address"),
    row("person.household",        FactKind::Text,       true,  "户号",         "Household number"),
    row("person.household_role",   FactKind::Text,       false, "与户主关系",   "Relation to the head of the household"),
    row("person.phone",            FactKind::Phone,      true,  "登记电话",     "Registered phone"),
];

/// The row of this key.
#[must_use]
pub fn known(key: &str) -> Option<&'static FactKey> {
    FACTS.iter().find(|f| f.key == key)
}

/// One fact with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// A key of [`FACTS`].
    pub key: String,
    /// The value, in the form of its kind.
    pub value: String,
    /// The agency that keeps the register.
    pub agency: Bilingual,
    /// The day on which it was confirmed.
    pub as_of: Date,
}

impl Fact {
    /// The value for display; a sensitive one is masked unless it is shown to its owner.
    #[must_use]
    pub fn shown(&self, lang: Lang, to_owner: bool) -> String {
        let Some(row) = known(&self.key) else { return String::new() };
        if row.sensitive && !to_owner {
            return crate::masking::mask_value(&self.value);
        }
        match row.kind {
            FactKind::Date => crate::dates::date_text(&self.value, lang),
            FactKind::District => districts::find(&self.value).map_or_else(|| self.value.clone(), |d| d.name(lang).to_owned()),
            FactKind::Code => {
                let field = self.key.rsplit('.').next().unwrap_or_default();
                let found = text::find(lang, &format!("{field}_{}", self.value));
                found.map_or_else(|| self.value.clone(), str::to_owned)
            }
            FactKind::Text | FactKind::Number | FactKind::ResidentId | FactKind::Phone => self.value.clone(),
        }
    }

    /// Whether it is older than a number of days; the day of confirmation counts as zero.
    #[must_use]
    pub fn is_stale(&self, max_age_days: Option<u32>, today: Date) -> bool {
        let Some(limit) = max_age_days else { return false };
        today.since(self.as_of).map_or(true, |age| i64::from(age.get_days()) > i64::from(limit))
    }
}

/// The facts about one person, by key. A missing fact is unknown, not false.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// The fact with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Fact> {
        self.0.get(key)
    }

    /// Adds or replaces a fact. A fact with an empty value is unknown and not added.
    pub fn put(&mut self, fact: Fact) {
        if !fact.value.trim().is_empty() {
            self.0.insert(fact.key.clone(), fact);
        }
    }

    /// All facts, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.values()
    }

    /// Whether there are no facts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut all = Self::default();
        facts.into_iter().for_each(|f| all.put(f));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fact(key: &str, value: &str) -> Fact {
        Fact {
            key: key.to_owned(), value: value.to_owned(), agency: Bilingual::new("公安局", "Police"), as_of: date(2026, 1, 1)
        }
    }

    #[test]
    fn keys_are_unique_and_codes_have_texts() {
        for row in FACTS {
            assert_eq!(FACTS.iter().filter(|r| r.key == row.key).count(), 1, "{}", row.key);
        }
        for (key, code) in
            [("sex", "female"), ("sex", "male"), ("status", "alive"), ("status", "deceased"), ("status", "moved_away")]
        {
            assert!(text::find(Lang::En, &format!("{key}_{code}")).is_some(), "{key} {code}");
        }
    }

    #[test]
    fn sensitive_facts_are_masked_for_others() {
        let id = fact("person.resident_id", "11010519491231002X");
        assert_eq!(id.shown(Lang::Zh, true), "11010519491231002X");
        assert!(!id.shown(Lang::Zh, false).contains("19491231"));
        assert_eq!(fact("person.status", "alive").shown(Lang::En, false), "alive");
        assert_eq!(fact("person.address.district", "420106").shown(Lang::Zh, false), "武昌区");
    }

    #[test]
    fn staleness_counts_days_and_blank_is_unknown() {
        let f = fact("person.status", "alive");
        assert!(!f.is_stale(Some(30), date(2026, 1, 31)));
        assert!(f.is_stale(Some(30), date(2026, 2, 1)));
        assert!(!f.is_stale(None, date(2099, 1, 1)));
        assert!(Facts::from_iter([fact("person.phone", "  ")]).is_empty());
    }
}
