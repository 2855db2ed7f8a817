//! The data of the pages of a case: the same record as seen by its applicant, by staff and by an auditor.

use super::{
    calendar::{CalendarMissing, WorkCalendar},
    clock::{ClockRecord, Due},
    flow::{Action, Guard, Requirement, Step},
};
use crate::{
    ids::OrganisationId,
    texts::{Lang, cases as text},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The capacity in which a reader sees a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// The person it is about.
    Applicant,
    /// The holder of their mandate.
    Delegate,
    /// Staff of the organisation that decides it.
    Staff,
    /// An auditor: the events without personal content.
    Auditor,
}

/// A clock as a page shows it on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockView {
    /// Which clock, as stored.
    pub clock: String,
    /// The day of the event that started it.
    pub started_on: Date,
    /// The legal limit (法定时限) in working days.
    pub legal_days: u32,
    /// The promised limit (承诺时限) in working days.
    pub promised_days: u32,
    /// Working days since the start (实际天数); `None` while a calendar for them is missing.
    pub elapsed: Option<u32>,
    /// Working days that count (计入天数); `None` while a calendar for them is missing.
    pub counted: Option<u32>,
    /// The last day of the legal limit, while it runs and the day is known.
    pub legal_due: Option<Date>,
    /// The last day of the promised limit, likewise.
    pub promised_due: Option<Date>,
    /// The year whose calendar is not published and on which a figure above depends.
    pub pending_year: Option<i16>,
    /// Whether the legal limit is exceeded.
    pub overdue: bool,
    /// By how many working days; `None` while a calendar is missing.
    pub overdue_days: Option<u32>,
    /// Whether 80 % of the legal limit are used up while it runs and is not exceeded.
    pub warn: bool,
    /// Whether it is paused, waiting for the applicant.
    pub is_paused: bool,
    /// The day of the event that ended it.
    pub stopped_on: Option<Date>,
}

impl ClockView {
    /// The clock on this day. `counted_pending_year`: the year whose calendar is missing in the stored count.
    #[must_use]
    pub fn of(clock: &str, record: &ClockRecord, counted_pending_year: Option<i16>, calendar: WorkCalendar, today: Date) -> Self {
        let known = |count: Result<u32, CalendarMissing>| if counted_pending_year.is_some() { None } else { count.ok() };
        let (legal, promised) = match counted_pending_year {
            None => (record.legal_due(calendar), record.promised_due(calendar)),
            Some(year) => (Due::Pending { year }, Due::Pending { year }),
        };
        let missing = [record.elapsed(calendar, today), record.counted(calendar, today)];
        let overdue = record.is_overdue(calendar, today).unwrap_or(false);
        let warned = if counted_pending_year.is_some() { None } else { record.warn_on(calendar).day() };
        Self {
            clock: clock.to_owned(),
            started_on: record.started_on,
            legal_days: record.legal_days,
            promised_days: record.promised_days,
            elapsed: record.elapsed(calendar, today).ok(),
            counted: known(record.counted(calendar, today)),
            legal_due: legal.day(),
            promised_due: promised.day(),
            pending_year: counted_pending_year
                .or(legal.pending_year())
                .or(promised.pending_year())
                .or(missing.into_iter().find_map(Result::err).map(|m| m.year)),
            overdue,
            overdue_days: known(record.overdue_days(calendar, today)),
            warn: !overdue && warned.is_some_and(|day| day <= today),
            is_paused: record.running_since.is_none() && record.stopped_on.is_none(),
            stopped_on: record.stopped_on,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        clock_name(lang, &self.clock)
    }
}

/// Personal content of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The event has none.
    Nothing,
    /// Opened with the person's key.
    Open(serde_json::Value),
    /// The person was erased (已删除): their key is destroyed, the content cannot be read any more.
    Erased,
    /// The event has some, which this reader may not see.
    Withheld,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Its position in the case, from 1. A reader who may not see internal steps sees gaps.
    pub seq: i32,
    /// The time of the event.
    pub at: Timestamp,
    /// The action, as stored.
    pub action: String,
    /// In which capacity the actor acted: the code of a [`super::ActorKind`].
    pub actor_kind: String,
    /// The name of the member of staff; none for residents and the system.
    pub actor_name: Option<String>,
    /// The state before; empty for the first.
    pub from_state: String,
    /// The state after.
    pub to_state: String,
    /// Facts that are readable without the person's key.
    pub facts: serde_json::Value,
    /// The personal content.
    pub content: Content,
    /// Whether it is internal: never shown to the applicant.
    pub internal: bool,
}

/// An action that the reader may take now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedAction {
    /// The action, as posted.
    pub action: String,
    /// The inputs it requires.
    pub requires: Vec<Requirement>,
    /// Whether the request must name the version that was seen.
    pub needs_version: bool,
}

impl AllowedAction {
    /// From a row of the Flow.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        Self { action: step.action.0.to_owned(), requires: step.requires.to_vec(), needs_version: step.guard == Guard::Version }
    }
}

/// A case as one reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseView {
    /// Its number.
    pub number: String,
    /// Its kind: which Flow it follows.
    pub kind: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// The organisation that decides it.
    pub organisation: OrganisationId,
    /// Its name in Chinese.
    pub organisation_zh: String,
    /// Its name in English.
    pub organisation_en: String,
    /// Its state, as stored.
    pub state: String,
    /// The version, for actions that must name the version that was seen.
    pub version: i32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Whether it is closed: the organisation has nothing left to do.
    pub closed: bool,
    /// The name of its assignee.
    pub assignee_name: Option<String>,
    /// Whether the reader is its assignee.
    pub assigned_to_me: bool,
    /// Its clocks, in the order they were started.
    pub clocks: Vec<ClockView>,
    /// Its events in their order.
    pub timeline: Vec<TimelineEntry>,
    /// The actions that the reader may take now.
    pub allowed: Vec<AllowedAction>,
    /// The capacity of the reader.
    pub viewer: Viewer,
}

impl CaseView {
    /// Its title.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_zh, &self.title_en)
    }

    /// The action, if the reader may take it now.
    #[must_use]
    pub fn may(&self, action: Action) -> Option<&AllowedAction> {
        self.allowed.iter().find(|a| a.action == action.0)
    }
}

/// A case in the list of a person's cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// Its number.
    pub number: String,
    /// Its kind.
    pub kind: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// Its state, as stored.
    pub state: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Whether it has ended.
    pub closed: bool,
    /// The promised due date, while its clock runs.
    pub due_on: Option<Date>,
    /// Whether the clock is paused until the applicant answers.
    pub waits_for_you: bool,
}

/// A page of a list and the cursor of the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the next page; none on the last page.
    pub next: Option<String>,
}

fn named<'a>(lang: Lang, what: &str, code: &'a str) -> &'a str {
    text::find(lang, &format!("{what}_{code}")).unwrap_or(code)
}

/// The name of a state (状态); its code if it has no name.
#[must_use]
pub fn state_name(lang: Lang, state: &str) -> &str {
    named(lang, "state", state)
}

/// The name of an action (操作); its code if it has no name.
#[must_use]
pub fn action_name(lang: Lang, action: &str) -> &str {
    named(lang, "action", action)
}

/// The name of a clock (时限); its code if it has no name.
#[must_use]
pub fn clock_name(lang: Lang, clock: &str) -> &str {
    named(lang, "clock", clock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const CALENDAR: WorkCalendar = WorkCalendar::OF_TESTS;

    #[test]
    fn a_clock_shows_both_figures_and_says_what_is_near_and_over() {
        let clock = ClockRecord::start(date(2025, 11, 3), 5, 3);
        let on = |day| ClockView::of("acceptance", &clock, None, CALENDAR, date(2025, 11, day));
        let fresh = on(4);
        assert_eq!((fresh.elapsed, fresh.counted, fresh.warn, fresh.overdue), (Some(1), Some(1), false, false));
        assert_eq!((fresh.legal_due, fresh.promised_due), (Some(date(2025, 11, 10)), Some(date(2025, 11, 6))));
        assert_eq!((on(7).warn, on(7).overdue), (true, false));
        assert_eq!((on(11).warn, on(11).overdue, on(11).overdue_days), (false, true, Some(1)));
        assert_eq!(on(4).name(Lang::En), "Time to accept");
    }

    #[test]
    fn a_clock_that_stands_still_says_so() {
        let clock = ClockRecord::start(date(2025, 11, 3), 5, 3).pause(CALENDAR, date(2025, 11, 5)).unwrap();
        let view = ClockView::of("acceptance", &clock, None, CALENDAR, date(2025, 11, 12));
        assert!(view.is_paused && !view.overdue && !view.warn);
        assert_eq!((view.elapsed, view.counted, view.legal_due, view.pending_year), (Some(7), Some(2), None, None));
    }

    #[test]
    fn a_missing_calendar_is_named_and_nothing_is_guessed() {
        let clock = ClockRecord::start(date(2026, 12, 30), 5, 1);
        let view = ClockView::of("acceptance", &clock, None, CALENDAR, date(2026, 12, 31));
        assert_eq!((view.legal_due, view.promised_due, view.pending_year), (None, Some(date(2026, 12, 31)), Some(2027)));
        let view = ClockView::of("acceptance", &clock, Some(2027), CALENDAR, date(2026, 12, 31));
        assert_eq!((view.counted, view.promised_due, view.pending_year, view.warn), (None, None, Some(2027), false));
    }

    #[test]
    fn a_code_without_a_name_stands_for_itself() {
        assert_eq!(state_name(Lang::Zh, "submitted"), "已提交");
        assert_eq!(action_name(Lang::En, "dance"), "dance");
    }
}
