//! The Flow of a kind of case: a table of states and actions, the only place that says which party may take which action in
//! which state.
//!
//! The server refuses actions that the table does not allow, pages draw the buttons it allows, the diagrams in
//! docs/states.md are generated from it, and property tests walk it.

use crate::account::{Permission, Role};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A state (状态), as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct State(pub &'static str);

/// As `from`: in every state.
pub const ANY: State = State("*");
/// As `to`: the state stays as it is.
pub const STAY: State = State("=");

/// An action (操作), as stored in events and posted by forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Action(pub &'static str);

/// A clock (时限) of a case, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Clock(pub &'static str);

/// A party that acts on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The person it is about, or the holder of their mandate.
    Applicant,
    /// Staff of the case's organisation with this permission.
    Staff(Permission),
    /// The same, and staff of an organisation that takes part in the case (协办单位).
    Joined(Permission),
    /// A person called to help with this case.
    Helper,
    /// A due deadline or another task of the system.
    System,
}

impl Party {
    /// Whether an account with these roles in the organisation of the case belongs to this party.
    #[must_use]
    pub fn holds(self, roles: &[Role]) -> bool {
        match self {
            Self::Staff(wanted) | Self::Joined(wanted) => roles.iter().any(|r| r.may(wanted)),
            Self::Applicant | Self::Helper | Self::System => false,
        }
    }

    /// Whether it is staff, who see internal events.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Staff(_) | Self::Joined(_))
    }
}

/// The guard of an action against changes made meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// For decisions on what was seen: the version must be the one the actor saw.
    Version,
    /// The case must still be in the state.
    State,
    /// An append: a note, a location.
    None,
}

/// An operation of an action on a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockOp {
    /// Starts it; the day of the event is not counted.
    Start(Clock),
    /// Starts the first as of the day since which the second has run.
    StartAsOf(Clock, Clock),
    /// Pauses it, keeping the days counted.
    Pause(Clock),
    /// Resumes it.
    Resume(Clock),
    /// Stops it.
    Stop(Clock),
}

impl ClockOp {
    /// The clock that it operates on.
    #[must_use]
    pub const fn clock(self) -> Clock {
        match self {
            Self::Start(clock) | Self::StartAsOf(clock, _) | Self::Pause(clock) | Self::Resume(clock) | Self::Stop(clock) => {
                clock
            }
        }
    }
}

/// An input that an action requires. Pages draw the form of the action from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// An explanation for the applicant, 5 to 1000 characters.
    Sentence,
    /// A note among colleagues, at most 1000 characters, may be empty.
    Note,
    /// One of the refusal codes of the item.
    RefusalCode,
    /// Fields to correct, each with a note.
    CorrectionFields,
    /// New answers for the fields named in the request for correction.
    CorrectedAnswers,
    /// A colleague of the same organisation.
    Colleague,
    /// Satisfaction, 1 to 5, with a comment.
    Score,
    /// One or more responders to ask.
    Responders,
    /// The number of another case, into which this one goes.
    OtherCase,
    /// One of the responders who were requested or are under way.
    Going,
    /// A step of the escalation policy, from 1.
    PolicyStep,
    /// Whether a call back was answered.
    Reached,
    /// A bank, and categories of data.
    Consent,
    /// The terms of an offer.
    Terms,
    /// One of the offers that were made.
    Offer,
}

/// One row of a Flow.
#[derive(Debug)]
pub struct Step {
    /// The state in which the action may be taken.
    pub from: State,
    /// The action.
    pub action: Action,
    /// The party that may take it.
    pub by: Party,
    /// The state after it.
    pub to: State,
    /// The operations on clocks.
    pub clocks: &'static [ClockOp],
    /// The guard.
    pub guard: Guard,
    /// The inputs it requires.
    pub requires: &'static [Requirement],
    /// Four eyes: not by the account that did this action last.
    pub not_by: Option<Action>,
    /// Four eyes in every round: not by any account that ever did that action.
    pub ever: bool,
    /// Once only: not if it was done in this state before.
    pub once: bool,
    /// Internal: not shown on the applicant's timeline.
    pub internal: bool,
    /// Only by the assignee; if the case has none, the actor becomes its assignee.
    pub assigned: bool,
    /// On the timeline, but without notices: its pillar sends its own, or the action is frequent.
    pub quiet: bool,
}

/// A row without clocks, required inputs or four eyes; the builders add them.
#[must_use]
pub const fn step(from: State, action: Action, by: Party, to: State, guard: Guard) -> Step {
    Step {
        from,
        action,
        by,
        to,
        clocks: &[],
        guard,
        requires: &[],
        not_by: None,
        ever: false,
        once: false,
        internal: false,
        assigned: false,
        quiet: false,
    }
}

impl Step {
    /// Adds operations on clocks.
    #[must_use]
    pub const fn clocks(mut self, ops: &'static [ClockOp]) -> Self {
        self.clocks = ops;
        self
    }

    /// Adds the inputs that the action requires.
    #[must_use]
    pub const fn requires(mut self, inputs: &'static [Requirement]) -> Self {
        self.requires = inputs;
        self
    }

    /// Allows it once only in this state.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Makes it internal.
    #[must_use]
    pub const fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Reserves it for the assignee.
    #[must_use]
    pub const fn assigned(mut self) -> Self {
        self.assigned = true;
        self
    }

    /// Sends no notices.
    #[must_use]
    pub const fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// The state after it, given the one before.
    #[must_use]
    pub fn target(&self, before: &str) -> String {
        if self.to == STAY { before.to_owned() } else { self.to.0.to_owned() }
    }

    /// Excludes the account that did `action` last (four eyes).
    #[must_use]
    pub const fn not_by(mut self, action: Action) -> Self {
        self.not_by = Some(action);
        self
    }

    /// Excludes every account that ever did `action` (four eyes).
    #[must_use]
    pub const fn never_by(self, action: Action) -> Self {
        let mut step = self.not_by(action);
        step.ever = true;
        step
    }
}

/// How a state is shown to the person whose case it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateTone {
    /// In progress.
    Progress,
    /// Granted, approved, helped.
    Good,
    /// This person has to do something.
    Warn,
    /// Refused.
    Bad,
    /// Ended without a result, such as withdrawn.
    Neutral,
}

/// The states and actions of one kind of case.
#[derive(Debug)]
pub struct Flow {
    /// The kind, as stored.
    pub kind: &'static str,
    /// The letters before its numbers.
    pub prefix: &'static str,
    /// The state it is opened in.
    pub initial: State,
    /// The row that opens it; the first event is made from it.
    pub opening: Step,
    /// The rows.
    pub steps: &'static [Step],
    /// Closed states: the organisation has nothing left to do.
    pub closed: &'static [State],
    /// The page of a case for the person whose case it is: this path, a slash and the number.
    pub page_path: &'static str,
    /// The tones of the states for that person; a state that is not listed is [`StateTone::Progress`].
    pub tones: &'static [(State, StateTone)],
}

impl Flow {
    /// The rows for this state and action; more than one if several parties may do it.
    pub fn find<'a>(&self, state: &'a str, action: &'a str) -> impl Iterator<Item = &'static Step> + use<'a> {
        self.from(state).filter(move |s| s.action.0 == action)
    }

    /// The rows that leave this state.
    pub fn from<'a>(&self, state: &'a str) -> impl Iterator<Item = &'static Step> + use<'a> {
        self.steps.iter().filter(move |s| s.from == ANY || s.from.0 == state)
    }

    /// The row that the system takes in this state when the legal limit of this clock has passed: the one that stops the clock.
    #[must_use]
    pub fn when_run_out(&self, state: &str, clock: &str) -> Option<&'static Step> {
        let stops = |s: &Step| s.clocks.iter().any(|op| matches!(op, ClockOp::Stop(c) if c.0 == clock));
        self.steps.iter().find(|s| s.by == Party::System && s.from.0 == state && stops(s))
    }

    /// The operations on clocks of this event; the first event has no state before it.
    #[must_use]
    pub fn clock_ops(&self, from_state: &str, action: &str) -> &'static [ClockOp] {
        if from_state.is_empty() { self.opening.clocks } else { self.find(from_state, action).next().map_or(&[], |s| s.clocks) }
    }

    /// Whether an event is internal. Events that this table does not know are internal, too.
    #[must_use]
    pub fn is_internal(&self, from_state: &str, action: &str) -> bool {
        !from_state.is_empty() && self.find(from_state, action).all(|s| s.internal)
    }

    /// The tone of this state for the person whose case it is.
    #[must_use]
    pub fn tone(&self, state: &str) -> StateTone {
        self.tones.iter().find(|(of, _)| of.0 == state).map_or(StateTone::Progress, |(_, tone)| *tone)
    }

    /// Every state, in the order of the table.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let mut all = vec![self.initial];
        for state in self.steps.iter().flat_map(|s| [s.from, s.to]) {
            if state != ANY && state != STAY && !all.contains(&state) {
                all.push(state);
            }
        }
        all
    }

    /// Every action, in the order of the table.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        let mut all = Vec::new();
        for step in self.steps {
            if !all.contains(&step.action) {
                all.push(step.action);
            }
        }
        all
    }

    /// Whether this state is closed.
    #[must_use]
    pub fn is_closed(&self, state: &str) -> bool {
        self.closed.iter().any(|s| s.0 == state)
    }

    /// The Flow as a Mermaid state diagram, as in docs/states.md.
    #[must_use]
    pub fn diagram(&self) -> String {
        let mut out = format!("stateDiagram-v2\n    [*] --> {}: {}\n", self.initial.0, self.opening.action.0);
        for s in self.steps.iter().filter(|s| s.from != ANY) {
            let to = if s.to == STAY { s.from } else { s.to };
            let by = match s.by {
                Party::Applicant => "applicant".to_owned(),
                Party::Staff(p) => format!("{p:?}"),
                Party::Joined(p) => format!("{p:?}, also of joined organisations"),
                Party::Helper => "helper".to_owned(),
                Party::System => "system".to_owned(),
            };
            let ever = if s.ever { "ever " } else { "" };
            let eyes = s.not_by.map(|a| format!(", not who {ever}did {}", a.0)).unwrap_or_default();
            let once = if s.once { ", once" } else { "" };
            let _ = writeln!(out, "    {} --> {}: {} ({by}{eyes}{once})", s.from.0, to.0, s.action.0);
        }
        for s in self.closed {
            let _ = writeln!(out, "    {} --> [*]", s.0);
        }
        out
    }
}
