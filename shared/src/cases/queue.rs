//! The desk's list of work (办件队列): what is asked and what it shows.

use crate::{
    ids::OrganisationId,
    texts::{Lang, cases as text},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// In which order the list stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueSort {
    /// What is due first, first; without a due date, last.
    #[default]
    Due,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What is asked of the list. As a query string: `?mine=true&text=BJ-2026&after=…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    /// Of this organisation only; otherwise of all the reader works for.
    pub organisation: Option<OrganisationId>,
    /// In this state only. Without it, what is open; a closed state shows what has ended so.
    pub state: Option<String>,
    /// Only what the reader has.
    pub mine: bool,
    /// Only what nobody has.
    pub unassigned: bool,
    /// Only what is past its legal limit.
    pub overdue: bool,
    /// Only what waits for a supervisor's decision.
    pub deciding: bool,
    /// Only numbers that begin so, or titles that contain it.
    pub text: Option<String>,
    /// Where the page before ended.
    pub after: Option<String>,
    /// The order.
    pub sort: QueueSort,
}

/// How the clock of a case in the list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// None runs.
    None,
    /// It runs and there is time.
    InTime,
    /// 80 % of the legal limit are used up.
    Near,
    /// The legal limit is exceeded.
    Overdue,
    /// It stands still, waiting for the applicant.
    StandsStill,
    /// When it is due is not known before a calendar is published.
    Pending,
}

impl ClockState {
    /// Its name.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::None => text::clock_none(lang),
            Self::InTime => text::clock_in_time(lang),
            Self::Near => text::clock_near(lang),
            Self::Overdue => text::clock_overdue(lang),
            Self::StandsStill => text::clock_stands_still(lang),
            Self::Pending => text::clock_pending(lang),
        }
    }
}

/// A case in the list. Nothing personal: who it is about is told by the case itself, whose reading is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its number.
    pub number: String,
    /// Its kind.
    pub kind: String,
    /// What it is about, in Chinese.
    pub title_zh: String,
    /// What it is about, in English.
    pub title_en: String,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its state, as stored.
    pub state: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The last day of the promised limit, while a clock runs and the day is known.
    pub due_on: Option<Date>,
    /// The last day of the legal limit, likewise.
    pub legal_due: Option<Date>,
    /// How its clock stands.
    pub clock: ClockState,
    /// Who works on it.
    pub assignee_name: Option<String>,
    /// Whether that is the reader.
    pub mine: bool,
}

/// How many open cases there are, whatever state or text is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCounts {
    /// All.
    pub open: u64,
    /// The reader's.
    pub mine: u64,
    /// Nobody's.
    pub unassigned: u64,
    /// Past the legal limit.
    pub overdue: u64,
    /// With 80 % of the legal limit used up, not past it.
    pub near: u64,
    /// Waiting for a supervisor's decision.
    pub deciding: u64,
    /// By state, the most first.
    pub states: Vec<(String, u64)>,
}

/// An organisation the reader works for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Its key.
    pub organisation: OrganisationId,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    /// The rows.
    pub rows: Vec<QueueRow>,
    /// What to ask for the next page with; none on the last.
    pub next: Option<String>,
    /// How many there are.
    pub counts: QueueCounts,
    /// The organisations the reader works for.
    pub desks: Vec<Desk>,
}
