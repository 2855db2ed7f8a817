//! Eligibility (资格预判): rules over facts, three-valued, always with their reasons.
//!
//! A fact that is missing or stale never makes a person "not eligible": the answer is then "unknown", with what
//! would settle it.

use super::item::{Item, Source};
use crate::{
    registry::{
        Fact, Facts,
        facts::{self, FactKind},
    },
    services::normalize::iso_date,
    texts::{Bilingual, Lang, services as text},
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// How a condition is decided: by a test of a fact, or by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// A test of one fact.
    Fact(FactRule),
    /// Staff decide.
    Review(ReviewRule),
}

/// A rule on one fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactRule {
    /// A key of [`facts::FACTS`].
    pub fact: String,
    /// What the fact must be.
    pub test: Test,
    /// An older fact is stale and settles nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
    /// What would settle it when the fact is missing or stale.
    pub settle: Bilingual,
}

/// A rule that a person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRule {
    /// Always true: says that the rule is meant to have no test.
    pub review: bool,
    /// What staff will look at.
    pub settle: Bilingual,
}

/// A comparison of a fact's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// The date is at least so many full years ago (age, time since registration). The anniversary itself counts; of
    /// 29 February it is the 28th in other years (Civil Code, 民法典, art. 202).
    YearsAtLeast(u16),
    /// The date is less than so many full years ago.
    YearsBelow(u16),
    /// The date is not later than this.
    OnOrBefore(Date),
    /// The date is not earlier than this.
    OnOrAfter(Date),
    /// The value is this.
    Is(String),
    /// The value is one of these.
    In(Vec<String>),
    /// The value begins so (a region's code).
    StartsWith(String),
    /// The number is at least this.
    AtLeast(i64),
    /// The number is at most this.
    AtMost(i64),
}

impl Test {
    /// Whether a fact of this kind can be tested so.
    #[must_use]
    pub fn suits(&self, kind: FactKind) -> bool {
        match self {
            Self::YearsAtLeast(_) | Self::YearsBelow(_) | Self::OnOrBefore(_) | Self::OnOrAfter(_) => kind == FactKind::Date,
            Self::AtLeast(_) | Self::AtMost(_) => kind == FactKind::Number,
            Self::Is(_) | Self::In(_) | Self::StartsWith(_) => !matches!(kind, FactKind::Date | FactKind::Number),
        }
    }

    /// Whether the value passes; `None` where it can't be read.
    #[must_use]
    pub fn passes(&self, value: &str, today: Date) -> Option<bool> {
        let number = || value.parse::<i64>().ok();
        Some(match self {
            Self::YearsAtLeast(years) => is_years_ago(iso_date(value)?, *years, today)?,
            Self::YearsBelow(years) => !is_years_ago(iso_date(value)?, *years, today)?,
            Self::OnOrBefore(limit) => iso_date(value)? <= *limit,
            Self::OnOrAfter(limit) => iso_date(value)? >= *limit,
            Self::Is(wanted) => value == wanted,
            Self::In(wanted) => wanted.iter().any(|w| w == value),
            Self::StartsWith(start) => value.starts_with(start.as_str()),
            Self::AtLeast(least) => number()? >= *least,
            Self::AtMost(most) => number()? <= *most,
        })
    }
}

fn is_years_ago(date: Date, years: u16, today: Date) -> Option<bool> {
    Some(date.checked_add(i32::from(years).years()).ok()? <= today)
}

/// The answer as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every condition is met.
    Eligible,
    /// A current fact says that a condition is not met.
    NotEligible,
    /// A fact is missing or stale.
    Unknown,
    /// The facts speak for it; a person must look at the rest.
    NeedsReview,
}

impl Verdict {
    /// In a word.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Eligible => text::verdict_eligible(lang),
            Self::NotEligible => text::verdict_not_eligible(lang),
            Self::Unknown => text::verdict_unknown(lang),
            Self::NeedsReview => text::verdict_needs_review(lang),
        }
    }

    /// What it means and what one can do.
    #[must_use]
    pub const fn detail(self, lang: Lang) -> &'static str {
        match self {
            Self::Eligible => text::verdict_eligible_detail(lang),
            Self::NotEligible => text::verdict_not_eligible_detail(lang),
            Self::Unknown => text::verdict_unknown_detail(lang),
            Self::NeedsReview => text::verdict_needs_review_detail(lang),
        }
    }
}

/// What came of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The fact says yes.
    Holds,
    /// The fact says no.
    Fails,
    /// The fact is missing, stale or can't be read.
    Unknown,
    /// A person decides.
    Review,
}

impl Outcome {
    /// In a word.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Holds => text::outcome_holds(lang),
            Self::Fails => text::outcome_fails(lang),
            Self::Unknown => text::outcome_unknown(lang),
            Self::Review => text::outcome_review(lang),
        }
    }
}

/// One line of the reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Id of the condition.
    pub condition: String,
    /// The condition's text.
    pub text: Bilingual,
    /// What came of it.
    pub outcome: Outcome,
    /// Key of the fact it asks for; empty where a person decides.
    pub key: String,
    /// The fact it rests on, if there is one, also a stale one.
    pub fact: Option<Fact>,
    /// What would settle it; only where it is unknown or for review.
    pub settle: Option<Bilingual>,
    /// Where the condition comes from.
    pub source: Source,
}

impl Line {
    /// What it rests on, in a sentence; empty where a person decides.
    #[must_use]
    pub fn reason(&self, lang: Lang, to_owner: bool) -> String {
        let Some(row) = facts::known(&self.key) else { return String::new() };
        let label = row.label(lang);
        let Some(fact) = &self.fact else { return text::line_missing(lang, label) };
        let date = super::display::date(&fact.as_of.to_string(), lang);
        match self.outcome {
            Outcome::Unknown => text::line_stale(lang, text::DateFact { date, fact: label }),
            _ => text::line_fact(
                lang,
                text::AgencyDateFactValue {
                    agency: fact.agency.text(lang),
                    date,
                    fact: label,
                    value: fact.shown(lang, to_owner),
                },
            ),
        }
    }
}

/// The answer with its reasons and what the person would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The answer.
    pub verdict: Verdict,
    /// One line a condition, in the item's order.
    pub lines: Vec<Line>,
    /// The row of the benefit that applies; not where the person is not eligible, or it can't be told.
    pub benefit: Option<BenefitRow>,
    /// The day it was asked.
    pub on: Date,
}

/// What the item pays (待遇标准): by age, or by another date's distance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// What it is called.
    pub title: Bilingual,
    /// A fact that is a date.
    pub fact: String,
    /// The rows, by rising years, none twice.
    pub rows: Vec<BenefitRow>,
}

/// One row of a benefit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenefitRow {
    /// For whom, in words.
    pub text: Bilingual,
    /// From so many full years.
    pub from_years: u16,
    /// Up to, not including, so many; open at the end where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_years: Option<u16>,
    /// Fen a month.
    pub fen_per_month: i64,
    /// Where the amount comes from.
    pub source: Source,
}

impl Benefit {
    /// The row that applies on this day; `None` where the fact is missing or no row fits.
    #[must_use]
    pub fn row(&self, facts: &Facts, today: Date) -> Option<&BenefitRow> {
        let date = iso_date(&facts.get(&self.fact)?.value)?;
        let fits = |row: &&BenefitRow| {
            is_years_ago(date, row.from_years, today) == Some(true)
                && row.below_years.is_none_or(|below| is_years_ago(date, below, today) == Some(false))
        };
        self.rows.iter().find(fits)
    }
}

impl Item {
    /// Whether a person of whom this is known is eligible on this day.
    #[must_use]
    pub fn assess(&self, facts: &Facts, today: Date) -> Assessment {
        let lines: Vec<Line> = self
            .conditions
            .iter()
            .map(|condition| {
                let (outcome, key, fact, settle) = match &condition.rule {
                    Rule::Review(rule) => (Outcome::Review, "", None, &rule.settle),
                    Rule::Fact(rule) => {
                        let fact = facts.get(&rule.fact);
                        let outcome = decide(rule, fact, today);
                        // One that is current and yet can't be read says as little as none.
                        let telling = |f: &&Fact| outcome != Outcome::Unknown || f.is_stale(rule.max_age_days, today);
                        (outcome, rule.fact.as_str(), fact.filter(telling).cloned(), &rule.settle)
                    }
                };
                Line {
                    condition: condition.id.clone(),
                    text: condition.text.clone(),
                    outcome,
                    key: key.to_owned(),
                    fact,
                    settle: matches!(outcome, Outcome::Unknown | Outcome::Review).then(|| settle.clone()),
                    source: condition.source.clone(),
                }
            })
            .collect();
        let any = |outcome| lines.iter().any(|l| l.outcome == outcome);
        let verdict = if any(Outcome::Fails) {
            Verdict::NotEligible
        } else if any(Outcome::Unknown) {
            Verdict::Unknown
        } else if any(Outcome::Review) {
            Verdict::NeedsReview
        } else {
            Verdict::Eligible
        };
        let entitled = verdict != Verdict::NotEligible;
        let benefit = self.benefit.as_ref().filter(|_| entitled).and_then(|b| b.row(facts, today)).cloned();
        Assessment { verdict, lines, benefit, on: today }
    }

    /// The facts that its rules and its benefit ask for: what may be read for an eligibility check, and no more.
    #[must_use]
    pub fn rule_facts(&self) -> Vec<String> {
        let rules = self.conditions.iter().filter_map(|c| match &c.rule {
            Rule::Fact(rule) => Some(rule.fact.clone()),
            Rule::Review(_) => None,
        });
        let mut keys: Vec<String> = rules.chain(self.benefit.iter().map(|b| b.fact.clone())).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn decide(rule: &FactRule, fact: Option<&Fact>, today: Date) -> Outcome {
    let current = fact.filter(|f| !f.is_stale(rule.max_age_days, today));
    match current.and_then(|f| rule.test.passes(&f.value, today)) {
        Some(true) => Outcome::Holds,
        Some(false) => Outcome::Fails,
        None => Outcome::Unknown,
    }
}
