//! The report of a verification of the record.

use shared::ids::CaseId;
use std::fmt;

/// Most faults that are listed one by one.
const MOST_LISTED: usize = 1000;

/// A fault of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The content of an event does not match its hash.
    Altered {
        /// Which case.
        case: String,
        /// Which event.
        seq: i32,
    },
    /// An event does not follow the one before it.
    Unlinked {
        /// Which case.
        case: String,
        /// Which event.
        seq: i32,
    },
    /// An event is missing, doubled or moved.
    Gap {
        /// Which case.
        case: String,
        /// The position at which another event was expected.
        expected: i32,
        /// The position that was found.
        found: i32,
    },
    /// The case does not end with its last event.
    End {
        /// Which case.
        case: String,
    },
    /// The state of the case is not that after its last event.
    State {
        /// Which case.
        case: String,
    },
    /// A case without events.
    Empty {
        /// Which case.
        case: String,
    },
    /// Events of a case that does not exist.
    Orphan {
        /// The key of the case.
        case: CaseId,
    },
    /// A line of the roots file is not a root.
    RootUnreadable {
        /// Which line.
        line: u64,
    },
    /// A root does not follow the one before it.
    RootUnlinked {
        /// Which root.
        n: u64,
    },
    /// A root is not signed with the city's key.
    RootSignature {
        /// Which root.
        n: u64,
    },
    /// The events of a root's range are not those it was signed over.
    RootDigest {
        /// Which root.
        n: u64,
        /// How many events it was signed over.
        signed: u64,
        /// How many there are.
        found: u64,
    },
    /// A root covers transactions that this database has not reached.
    RootAhead {
        /// Which root.
        n: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { case, seq } => write!(f, "{case}: event {seq} was altered"),
            Self::Unlinked { case, seq } => write!(f, "{case}: event {seq} does not follow the one before it"),
            Self::Gap { case, expected, found } => write!(f, "{case}: event {expected} is missing; event {found} stands there"),
            Self::End { case } => write!(f, "{case}: its last events are missing or not its own"),
            Self::State { case } => write!(f, "{case}: its state is not that after its last event"),
            Self::Empty { case } => write!(f, "{case}: it has no events"),
            Self::Orphan { case } => write!(f, "events of a case that is not there: {case}"),
            Self::RootUnreadable { line } => write!(f, "line {line} of the roots is not a root"),
            Self::RootUnlinked { n } => write!(f, "root {n} does not follow the one before it"),
            Self::RootSignature { n } => write!(f, "root {n} is not signed with this city's key"),
            Self::RootDigest { n, signed, found } => {
                write!(f, "root {n}: the events it covers were changed ({signed} were signed, {found} are there)")
            }
            Self::RootAhead { n } => write!(f, "root {n} covers transactions that this database has not reached"),
        }
    }
}

/// The result of [`super::audit::verify`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Verified events.
    pub events: u64,
    /// Verified cases.
    pub cases: u64,
    /// Verified roots.
    pub roots: u64,
    /// Events that no root covers yet.
    pub uncovered: u64,
    /// The last root, as [`super::roots::Root::identity`]: to compare with a copy kept elsewhere.
    pub last_root: Option<String>,
    /// The faults: the first thousand.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

impl Report {
    pub(super) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_LISTED { self.faults.push(fault) } else { self.more += 1 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "FAULT {fault}")?;
        }
        if self.more > 0 {
            writeln!(f, "… and {} more", self.more)?;
        }
        writeln!(f, "{} events of {} cases, {} signed roots", self.events, self.cases, self.roots)?;
        if let Some(last) = &self.last_root {
            writeln!(f, "last root {last}")?;
        }
        if self.uncovered > 0 {
            writeln!(f, "{} events are not covered by a root yet", self.uncovered)?;
        }
        f.write_str(if self.faults.is_empty() { "the record holds" } else { "the record does not hold" })
    }
}
