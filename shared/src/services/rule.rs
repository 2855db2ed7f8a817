//! Rules of the catalogue over facts of the registers: conditions and the amounts of a benefit.

use super::source::Source;
use crate::{
    dates::iso_date,
    registry::{Facts, facts::FactKind},
    texts::Bilingual,
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// How a condition is decided: by a test of a fact, or by staff.
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
    /// The test of the fact.
    pub test: Test,
    /// An older fact is stale and settles nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
    /// The evidence that settles it if the fact is missing or stale.
    pub settle: Bilingual,
}

/// A rule that staff decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRule {
    /// Always true: marks a rule without a test.
    pub review: bool,
    /// The evidence that staff will review.
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
    /// The value begins with this (a region's code).
    StartsWith(String),
    /// The number is at least this.
    AtLeast(i64),
    /// The number is at most this.
    AtMost(i64),
}

impl Test {
    /// Whether the test applies to a fact of this kind.
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

/// The amounts that the item pays (待遇标准), by age or by the years since another date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// Its title.
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
    /// The group of recipients, in words.
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
