//! The queue of cases of a desk (办件队列): its filter and its rows.

use crate::{
    ids::OrganisationId,
    texts::{Lang, cases as text},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The order of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueSort {
    /// By due date; cases without one come last.
    #[default]
    Due,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// The filter of the queue. As a query string: `?mine=true&text=BJ-2026&after=…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    /// Cases of this organisation; by default of all organisations of the reader.
    pub organisation: Option<OrganisationId>,
    /// Cases in this state, open or closed; by default all open cases.
    pub state: Option<String>,
    /// Only cases assigned to the reader.
    pub mine: bool,
    /// Only cases without an assignee.
    pub unassigned: bool,
    /// Only cases past their legal limit.
    pub overdue: bool,
    /// Only cases that wait for the decision of a supervisor.
    pub deciding: bool,
    /// Only cases whose number begins with this text or whose title contains it.
    pub text: Option<String>,
    /// The cursor from the page before.
    pub after: Option<String>,
    /// The order.
    pub sort: QueueSort,
}

/// The state of the clock of a case in the queue.
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
    /// It is paused, waiting for the applicant.
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

/// A case in the queue. Without personal data: the person is shown only on the page of the case, whose views are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its number.
    pub number: String,
    /// Its kind.
    pub kind: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
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
    /// The state of its clock.
    pub clock: ClockState,
    /// The name of its assignee.
    pub assignee_name: Option<String>,
    /// Whether the reader is its assignee.
    pub mine: bool,
}

/// The numbers of open cases, independent of the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCounts {
    /// All.
    pub open: u64,
    /// Assigned to the reader.
    pub mine: u64,
    /// Without an assignee.
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
    /// The cursor of the next page; none on the last page.
    pub next: Option<String>,
    /// The numbers of open cases.
    pub counts: QueueCounts,
    /// The organisations the reader works for.
    pub desks: Vec<Desk>,
}
