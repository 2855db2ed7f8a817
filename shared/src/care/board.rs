//! The dispatchers' board (调度台): its filter and its content.

use crate::{
    account::Role,
    cases::Desk,
    coded_enum,
    ids::{AccountId, OrganisationId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which calls the board lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardView {
    /// All that have not ended: ringing ones before the others, each the oldest first.
    #[default]
    Open,
    /// Calls that were not answered yet.
    Ringing,
    /// Those assigned to the reader.
    Mine,
    /// Those that ended within a day, the newest first; with a number to search for, regardless of when they ended.
    Ended,
}

/// The filter of the board. As a query string: `?view=mine&q=HJ-2026&after=…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoardFilter {
    /// The centre; without one, all centres the reader works for.
    pub organisation: Option<OrganisationId>,
    /// Which of them.
    pub view: BoardView,
    /// Only calls whose number begins with this text.
    pub text: Option<String>,
    /// The cursor from the page before.
    pub after: Option<String>,
}

/// The holder of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// None: it rings.
    Nobody,
    /// The reader.
    Me,
    /// A colleague, by name.
    Colleague(String),
    /// A helper who was alerted: family, a medic.
    Helper,
}

impl Holder {
    /// The holder, from the assignee and their name as staff.
    #[must_use]
    pub fn of(assignee: Option<AccountId>, name: Option<String>, reader: Option<AccountId>) -> Self {
        match (assignee, name) {
            (None, _) => Self::Nobody,
            (Some(_), _) if assignee == reader => Self::Me,
            (Some(_), Some(name)) => Self::Colleague(name),
            (Some(_), None) => Self::Helper,
        }
    }
}

/// A call on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    /// Its number.
    pub number: String,
    /// Its state, as stored.
    pub state: String,
    /// Grows with every change but appends.
    pub version: i32,
    /// Its centre.
    pub organisation: OrganisationId,
    /// When it was pressed first.
    pub raised_at: Timestamp,
    /// How often it was pressed.
    pub presses: u32,
    /// The name of the person it is for; none of an unknown caller, or of an erased person.
    pub name: Option<String>,
    /// Whether the person is known.
    pub known: bool,
    /// The home address, shortened; see [`short_address`].
    pub address: Option<String>,
    /// Whether the caller reported that help is no longer needed.
    pub fine: bool,
    /// The step of the policy that is due next, from 1.
    pub step: u32,
    /// How often it went through all of them.
    pub round: u32,
    /// When the timer runs out: for a ringing call the next step, for an answered one that it rings again.
    pub next_step_at: Option<Timestamp>,
    /// Its holder.
    pub holder: Holder,
    /// The names of the responders who are going.
    pub goes: Vec<String>,
    /// How many of those have arrived.
    pub there: u32,
    /// How many were asked and have not answered yet.
    pub asked: u32,
}

/// The numbers of open calls, independent of the filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCounts {
    /// All.
    pub open: u64,
    /// Not answered yet.
    pub ringing: u64,
    /// The reader's.
    pub mine: u64,
    /// Responders were sent or have arrived.
    pub sent: u64,
}

/// A member on duty now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDuty {
    /// Their name.
    pub name: String,
    /// The highest role they hold in these centres.
    pub role: Role,
    /// Whether it is the reader.
    pub me: bool,
}

coded_enum! {
    /// A background process that reports a heartbeat (`care_heartbeat.name`).
    pub enum HeartbeatSource {
        /// Escalates calls.
        Engine = "engine",
        /// Checks that the engine escalates.
        Auditor = "auditor",
    }
}

impl HeartbeatSource {
    /// Whether it is silent: no heartbeat within [`SILENT_AFTER`] seconds.
    #[must_use]
    pub fn is_silent(last: Option<Timestamp>, now: Timestamp) -> bool {
        last.is_none_or(|at| now.duration_since(at).as_secs() > SILENT_AFTER)
    }
}

/// Seconds without a heartbeat after which a process is silent: three intervals of the auditor.
pub const SILENT_AFTER: i64 = 30;

/// A call that rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingingCall {
    /// Its number.
    pub number: String,
    /// The name of the person it is for; none of an unknown caller, or of an erased person.
    pub name: Option<String>,
    /// Whether the person is known.
    pub known: bool,
}

/// The ringing calls of the reader's centres that a page does not list. The page announces them all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// How many there are.
    pub count: u64,
    /// The first of them, the oldest first.
    pub first: Vec<RingingCall>,
}

/// The board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The city's clock when it was read.
    pub now: Timestamp,
    /// The calls.
    pub rows: Vec<BoardRow>,
    /// The cursor of the next page; none on the last page.
    pub next: Option<String>,
    /// Ringing calls that are not on this page.
    pub elsewhere: Elsewhere,
    /// How many there are.
    pub counts: BoardCounts,
    /// The centres the reader works for.
    pub centres: Vec<Desk>,
    /// The members on duty in them, each once.
    pub on_duty: Vec<OnDuty>,
    /// The processes without a recent heartbeat: calls have to be watched by hand then.
    pub silent: Vec<HeartbeatSource>,
}

impl Board {
    /// Whether the reader is on duty.
    #[must_use]
    pub fn reader_on_duty(&self) -> bool {
        self.on_duty.iter().any(|d| d.me)
    }
}

/// How many characters of an address the board shows.
const ADDRESS_SHOWN: usize = 22;

/// An address as the board shows it: without province and city, which all addresses share, and cut to a line.
#[must_use]
pub fn short_address(address: &str) -> String {
    let rest = address.trim();
    let rest = rest.strip_prefix("湖北省").unwrap_or(rest);
    let rest = rest.strip_prefix("武汉市").unwrap_or(rest).trim();
    let mut shown: String = rest.chars().take(ADDRESS_SHOWN).collect();
    if rest.chars().count() > ADDRESS_SHOWN {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_address_loses_what_is_everybodys_and_keeps_a_line() {
        assert_eq!(short_address("湖北省武汉市武昌区粮道街8号"), "武昌区粮道街8号");
        let long = short_address(&"路".repeat(40));
        assert_eq!((long.chars().count(), long.ends_with('…')), (23, true));
        assert_eq!(short_address(" "), "");
    }

    #[test]
    fn a_heart_is_silent_without_a_beat_or_after_three() {
        let now = Timestamp::from_second(1_000).unwrap();
        let ago = |s: i64| Some(Timestamp::from_second(1_000 - s).unwrap());
        assert!(HeartbeatSource::is_silent(None, now) && HeartbeatSource::is_silent(ago(31), now));
        assert!(!HeartbeatSource::is_silent(ago(30), now) && !HeartbeatSource::is_silent(ago(-5), now));
    }

    #[test]
    fn whoever_is_no_staff_holds_it_as_a_helper() {
        let (me, other) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        assert_eq!(Holder::of(None, None, Some(me)), Holder::Nobody);
        assert_eq!(Holder::of(Some(me), Some("王".into()), Some(me)), Holder::Me);
        assert_eq!(Holder::of(Some(other), Some("王".into()), Some(me)), Holder::Colleague("王".into()));
        assert_eq!(Holder::of(Some(other), None, Some(me)), Holder::Helper);
    }
}
