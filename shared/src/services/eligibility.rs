//! Eligibility (资格预判): rules over facts, three-valued, always with their reasons.
//!
//! A fact that is missing or stale never makes a person "not eligible": the answer is then "unknown", and
//! names the evidence that would settle it.

use super::{
    item::Item,
    rule::{BenefitRow, FactRule, Rule},
    source::Source,
};
use crate::{
    registry::{Fact, Facts, facts},
    texts::{Bilingual, Lang, services as text},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The verdict over all conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every condition is met.
    Eligible,
    /// A current fact shows that a condition is not met.
    NotEligible,
    /// A fact is missing or stale.
    Unknown,
    /// Every condition on a fact is met; staff review the rest.
    NeedsReview,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Eligible => text::verdict_eligible(lang),
            Self::NotEligible => text::verdict_not_eligible(lang),
            Self::Unknown => text::verdict_unknown(lang),
            Self::NeedsReview => text::verdict_needs_review(lang),
        }
    }

    /// The meaning and the next step.
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

/// The result of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The fact meets the condition.
    Holds,
    /// The fact does not meet the condition.
    Fails,
    /// The fact is missing, stale or can't be read.
    Unknown,
    /// Staff decide.
    Review,
}

impl Outcome {
    /// Its name.
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

/// The result of one condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Id of the condition.
    pub condition: String,
    /// The condition's text.
    pub text: Bilingual,
    /// The result.
    pub outcome: Outcome,
    /// The key of its fact; empty if staff decide.
    pub key: String,
    /// The fact, if there is one, even a stale one.
    pub fact: Option<Fact>,
    /// The evidence that would settle it; only for unknown results and reviews.
    pub settle: Option<Bilingual>,
    /// Where the condition comes from.
    pub source: Source,
}

impl Line {
    /// The reason in a sentence; empty if staff decide.
    #[must_use]
    pub fn reason(&self, lang: Lang, to_owner: bool) -> String {
        let Some(row) = facts::known(&self.key) else { return String::new() };
        let label = row.label(lang);
        let Some(fact) = &self.fact else { return text::line_missing(lang, label) };
        let date = crate::dates::date_text(&fact.as_of.to_string(), lang);
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

/// The verdict with its reasons and the benefit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The answer.
    pub verdict: Verdict,
    /// One line a condition, in the item's order.
    pub lines: Vec<Line>,
    /// The row of the benefit that applies; none if the person is not eligible or the row is unknown.
    pub benefit: Option<BenefitRow>,
    /// The day of the assessment.
    pub on: Date,
}

impl Item {
    /// Assesses a person with these facts on this day.
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
                        // A current fact that cannot be read counts as missing.
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

    /// The facts of its rules and its benefit: the only ones that may be read for an assessment.
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
