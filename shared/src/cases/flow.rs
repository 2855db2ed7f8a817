//! A kind of case and its life, as a table: the only place that says who may do what, when.
//!
//! The server refuses what the table does not allow, the pages draw exactly the buttons it allows, the diagrams
//! in docs/states.md are generated from it, and property tests walk it.

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

/// Who acts on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The person it is about, or who holds their mandate.
    Applicant,
    /// Staff of the case's organisation with this permission.
    Staff(Permission),
    /// The same, and staff of an organisation that was drawn into the case (协办单位).
    Joined(Permission),
    /// Somebody who was called to help with this very case.
    Helper,
    /// A due deadline or another task of the system.
    System,
}

impl Party {
    /// Whether somebody with these roles in the case's organisation is of this party.
    #[must_use]
    pub fn holds(self, roles: &[Role]) -> bool {
        match self {
            Self::Staff(wanted) | Self::Joined(wanted) => roles.iter().any(|r| r.may(wanted)),
            Self::Applicant | Self::Helper | Self::System => false,
        }
    }

    /// Whether it is staff, who see what stays among staff.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Staff(_) | Self::Joined(_))
    }
}

/// What protects an action against acting on something that has changed meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// What a person decides on what they saw: the version must be the one they saw.
    Version,
    /// It is enough that the case is still in that state.
    State,
    /// An append: a note, a location.
    None,
}

/// What an action does to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockOp {
    /// Starts it; the day of the event is not counted.
    Start(Clock),
    /// Starts the first as of the day since which the second has run.
    StartAsOf(Clock, Clock),
    /// Lets it stand still, keeping the days counted.
    Pause(Clock),
    /// Lets it run on.
    Resume(Clock),
    /// Ends it.
    Stop(Clock),
}

impl ClockOp {
    /// The clock it does something to.
    #[must_use]
    pub const fn clock(self) -> Clock {
        match self {
            Self::Start(clock) | Self::StartAsOf(clock, _) | Self::Pause(clock) | Self::Resume(clock) | Self::Stop(clock) => {
                clock
            }
        }
    }
}

/// What an action must be given. Pages draw its form from this; the server reads the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// A sentence to the applicant, 5 to 1000 characters.
    Sentence,
    /// A note among colleagues, at most 1000 characters, may be empty.
    Note,
    /// One of the refusal codes of the item.
    RefusalCode,
    /// Fields to correct, each with a note.
    CorrectionFields,
    /// New answers for the fields that were asked for.
    CorrectedAnswers,
    /// A colleague of the same organisation.
    Colleague,
    /// Satisfaction, 1 to 5, with a comment.
    Score,
    /// One or more responders to ask.
    Responders,
    /// The number of another case, into which this one goes.
    OtherCase,
    /// One of the responders who were asked or go.
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
    /// The state in which it may be done.
    pub from: State,
    /// What is done.
    pub action: Action,
    /// Who may do it.
    pub by: Party,
    /// The state after it.
    pub to: State,
    /// What happens to the clocks.
    pub clocks: &'static [ClockOp],
    /// What it is guarded by.
    pub guard: Guard,
    /// What it must be given.
    pub demands: &'static [Demand],
    /// Four eyes: not by whoever did this action last.
    pub not_by: Option<Action>,
    /// Four eyes in every round: not by whoever did that action at any time.
    pub ever: bool,
    /// Once only: not where it was done in this state before.
    pub once: bool,
    /// Among staff: not shown on the applicant's timeline.
    pub internal: bool,
    /// Only by its assignee; whoever does it while nobody has the case becomes its assignee.
    pub assigned: bool,
    /// On the timeline, but nobody gets a notice of it: its pillar tells whom it concerns, or it is one of many.
    pub quiet: bool,
}

/// A row without clocks, demands or four eyes; the builders add them.
#[must_use]
pub const fn step(from: State, action: Action, by: Party, to: State, guard: Guard) -> Step {
    Step {
        from,
        action,
        by,
        to,
        clocks: &[],
        guard,
        demands: &[],
        not_by: None,
        ever: false,
        once: false,
        internal: false,
        assigned: false,
        quiet: false,
    }
}

impl Step {
    /// Adds what happens to the clocks.
    #[must_use]
    pub const fn clocks(mut self, ops: &'static [ClockOp]) -> Self {
        self.clocks = ops;
        self
    }

    /// Adds what the action must be given.
    #[must_use]
    pub const fn demands(mut self, demands: &'static [Demand]) -> Self {
        self.demands = demands;
        self
    }

    /// Lets it be done once in this state.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Keeps it among staff.
    #[must_use]
    pub const fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Leaves it to the assignee.
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

    /// Demands another pair of eyes than those of `action`.
    #[must_use]
    pub const fn not_by(mut self, action: Action) -> Self {
        self.not_by = Some(action);
        self
    }

    /// Demands eyes that did `action` in no round.
    #[must_use]
    pub const fn never_by(self, action: Action) -> Self {
        let mut step = self.not_by(action);
        step.ever = true;
        step
    }
}

/// The life of one kind of case.
#[derive(Debug)]
pub struct Flow {
    /// The kind, as stored.
    pub kind: &'static str,
    /// The letters before its numbers.
    pub prefix: &'static str,
    /// The state it is opened in.
    pub initial: State,
    /// The row that opens it; its first event says the same.
    pub opening: Step,
    /// The rows.
    pub steps: &'static [Step],
    /// States in which nothing is left to do for the organisation.
    pub closed: &'static [State],
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

    /// What the system does in this state when the legal limit of this clock has passed: its own row that stops it.
    #[must_use]
    pub fn when_run_out(&self, state: &str, clock: &str) -> Option<&'static Step> {
        let stops = |s: &Step| s.clocks.iter().any(|op| matches!(op, ClockOp::Stop(c) if c.0 == clock));
        self.steps.iter().find(|s| s.by == Party::System && s.from.0 == state && stops(s))
    }

    /// What the clocks do at this event of the record; the first event has no state before it.
    #[must_use]
    pub fn clock_ops(&self, from_state: &str, action: &str) -> &'static [ClockOp] {
        if from_state.is_empty() { self.opening.clocks } else { self.find(from_state, action).next().map_or(&[], |s| s.clocks) }
    }

    /// Whether an event stays among staff. What this table does not know is not shown either.
    #[must_use]
    pub fn is_internal(&self, from_state: &str, action: &str) -> bool {
        !from_state.is_empty() && self.find(from_state, action).all(|s| s.internal)
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

    /// Whether nothing is left to do for the organisation in this state.
    #[must_use]
    pub fn is_closed(&self, state: &str) -> bool {
        self.closed.iter().any(|s| s.0 == state)
    }

    /// The life as a Mermaid state diagram, as kept in docs/states.md.
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
