//! The lives in `shared::flows::FLOWS`, walked: the diagrams in docs/states.md are theirs, and no table promises what
//! it cannot keep.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions that tests share may stop at once, too"
)]

use shared::{
    Lang,
    care::life::CallState,
    cases::{
        Clock, ClockOp, Flow, Guard, Party, Step,
        flow::{ANY, STAY},
    },
    finance::life::DemandState,
    flows::FLOWS,
    services::life::{ApplicationState, VIEW},
    texts::cases as text,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/states.md");

fn document() -> String {
    let mut out = String::from(
        "# The lives of cases\n\nMade from the tables in `shared/src/**/life.rs` by a test; do not edit. After changing a table:\n\n\
         ```\nUPDATE_DOCS=1 cargo test -p shared --test states\n```\n",
    );
    for flow in FLOWS {
        let _ = write!(out, "\n## {}\n\n```mermaid\n{}```\n", flow.kind, flow.diagram());
        for (heading, what, codes) in [
            ("State", "state", flow.states().iter().map(|s| s.0).collect::<Vec<_>>()),
            ("Action", "action", all_actions(flow).into_iter().collect()),
            ("Clock", "clock", clocks(flow).into_iter().collect()),
        ] {
            let _ = write!(out, "\n| {heading} | 中文 | English |\n|---|---|---|\n");
            for code in codes {
                let name = |lang| text::find(lang, &format!("{what}_{code}")).unwrap_or("");
                let _ = writeln!(out, "| `{code}` | {} | {} |", name(Lang::Zh), name(Lang::En));
            }
        }
    }
    out
}

fn all_actions(flow: &Flow) -> Vec<&'static str> {
    let mut all = vec![flow.opening.action.0];
    all.extend(flow.actions().iter().map(|a| a.0));
    all
}

fn clocks(flow: &Flow) -> BTreeSet<&'static str> {
    flow.steps.iter().chain([&flow.opening]).flat_map(|s| s.clocks).map(|op| op.clock().0).collect()
}

#[test]
fn the_diagrams_are_those_of_the_tables() {
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(Path::new(DOC).parent().unwrap()).unwrap();
        std::fs::write(DOC, &document).unwrap();
    }
    let kept = std::fs::read_to_string(DOC).unwrap_or_default();
    assert!(kept == document, "docs/states.md is not that of the tables; make it anew with UPDATE_DOCS=1");
}

#[test]
fn everything_has_a_name_in_both_languages() {
    for flow in FLOWS {
        let states = flow.states().into_iter().map(|s| format!("state_{}", s.0));
        let actions = all_actions(flow).into_iter().map(|a| format!("action_{a}"));
        for key in states.chain(actions).chain(clocks(flow).into_iter().map(|c| format!("clock_{c}"))) {
            for lang in [Lang::Zh, Lang::En] {
                assert!(text::find(lang, &key).is_some_and(|t| !t.is_empty()), "{}: no text {key}", flow.kind);
            }
        }
    }
}

#[test]
fn kinds_and_prefixes_are_unlike() {
    for (n, flow) in FLOWS.iter().enumerate() {
        for other in &FLOWS[n + 1..] {
            assert!(flow.kind != other.kind && flow.prefix != other.prefix, "{}", flow.kind);
        }
    }
}

#[test]
fn no_two_rows_say_the_same() {
    for flow in FLOWS {
        for (n, step) in flow.steps.iter().enumerate() {
            for other in &flow.steps[n + 1..] {
                let meet = step.from == other.from || step.from == ANY || other.from == ANY;
                let same = meet && step.action == other.action;
                assert!(!(same && step.by == other.by), "{}: {} {}", flow.kind, step.from.0, step.action.0);
                // The record tells rows apart by state and action alone: what it is read for must then be the same.
                assert!(!same || (step.clocks == other.clocks && step.internal == other.internal), "{}", step.action.0);
            }
        }
    }
}

#[test]
fn rows_hold_in_themselves() {
    for flow in FLOWS {
        assert_eq!(flow.opening.from, flow.initial, "{}", flow.kind);
        assert!(!flow.is_closed(flow.initial.0));
        assert!(flow.actions().contains(&VIEW), "{}: staff reads are events", flow.kind);
        for step in flow.steps {
            let row = format!("{}: {} {}", flow.kind, step.from.0, step.action.0);
            let staff = step.by.is_staff();
            let inside = staff || step.by == Party::Helper;
            assert!(inside || (!step.assigned && !step.internal && step.not_by.is_none()), "{row}");
            assert!(step.not_by.is_none_or(|a| flow.actions().contains(&a)), "{row}: four eyes on no action");
            assert!(step.guard != Guard::None || step.to == STAY, "{row}: an append moves nothing");
            assert!(step.from != ANY || (step.to == STAY && step.clocks.is_empty()), "{row}");
            // Whoever is drawn into an emergency must not fail because a location came in: the state is enough.
            let decides = matches!(step.by, Party::Staff(_)) && step.to != STAY;
            assert!(!decides || step.guard == Guard::Version, "{row}: staff decide on what they saw");
            assert!(step.to == STAY || step.guard != Guard::None, "{row}");
            assert!(step.by != Party::System || step.demands.is_empty(), "{row}: the system fills in no form");
        }
    }
}

#[test]
fn what_has_ended_is_left_alone_but_for_notes() {
    for flow in FLOWS {
        for state in flow.closed {
            for step in flow.from(state.0).filter(|s| s.by.is_staff() || matches!(s.by, Party::System | Party::Helper)) {
                // To open it again is to say that it had not ended.
                let reopens = step.by.is_staff() && step.to != STAY && !flow.is_closed(step.to.0);
                let notes = step.from == ANY && step.guard == Guard::None;
                assert!(notes || reopens, "{}: {} {}", flow.kind, state.0, step.action.0);
            }
        }
    }
}

/// How a clock stands on a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hand {
    Runs,
    StandsStill,
    Stopped,
}

type Hands = BTreeMap<&'static str, Hand>;

/// What a row does to the clocks, or why it cannot.
fn turn(mut hands: Hands, step: &Step) -> Result<Hands, String> {
    for op in step.clocks {
        let Clock(name) = op.clock();
        let after = match (op, hands.get(name)) {
            (ClockOp::Start(_), None | Some(Hand::Stopped)) => Hand::Runs,
            (ClockOp::StartAsOf(_, other), None | Some(Hand::Stopped)) if hands.get(other.0) == Some(&Hand::Runs) => Hand::Runs,
            (ClockOp::Pause(_), Some(Hand::Runs)) => Hand::StandsStill,
            (ClockOp::Resume(_), Some(Hand::StandsStill)) => Hand::Runs,
            (ClockOp::Stop(_), Some(Hand::Runs | Hand::StandsStill)) => Hand::Stopped,
            (op, hand) => return Err(format!("{op:?} on a clock that is {hand:?}")),
        };
        hands.insert(name, after);
    }
    Ok(hands)
}

/// Every (state, clocks) that can be reached, each with a way to it.
fn walk(flow: &'static Flow) -> BTreeMap<(&'static str, Hands), Vec<&'static str>> {
    let start = (flow.initial.0, turn(Hands::new(), &flow.opening).unwrap());
    let mut seen = BTreeMap::from([(start.clone(), vec![flow.opening.action.0])]);
    let mut next = vec![start];
    while let Some((state, hands)) = next.pop() {
        let way = seen[&(state, hands.clone())].clone();
        for step in flow.from(state) {
            let way = [way.as_slice(), &[step.action.0]].concat();
            let hands = turn(hands.clone(), step).unwrap_or_else(|fault| panic!("{}: {way:?}: {fault}", flow.kind));
            let there = (if step.to == STAY { state } else { step.to.0 }, hands);
            if !seen.contains_key(&there) {
                seen.insert(there.clone(), way);
                next.push(there);
            }
        }
    }
    seen
}

#[test]
fn every_state_is_reached_and_has_a_way_to_an_end() {
    for flow in FLOWS {
        let reached: BTreeSet<_> = walk(flow).into_keys().map(|(state, _)| state).collect();
        assert_eq!(reached, flow.states().iter().map(|s| s.0).collect(), "{}", flow.kind);
        let mut ends: BTreeSet<&str> = flow.closed.iter().map(|s| s.0).collect();
        while let Some(step) = flow.steps.iter().find(|s| ends.contains(s.to.0) && !ends.contains(s.from.0)) {
            ends.insert(step.from.0);
        }
        assert!(reached.iter().all(|state| ends.contains(state)), "{}: {:?}", flow.kind, reached.difference(&ends));
    }
}

#[test]
fn clocks_run_only_while_something_is_left_to_do_and_one_at_a_time() {
    for flow in FLOWS {
        for ((state, hands), way) in walk(flow) {
            let open = hands.values().filter(|hand| **hand != Hand::Stopped).count();
            assert!(open <= 1, "{}: {way:?}: {hands:?}", flow.kind);
            assert!(!flow.is_closed(state) || open == 0, "{}: {way:?}: {state} {hands:?}", flow.kind);
        }
    }
}

#[test]
fn a_clock_stands_still_only_while_the_applicant_can_let_it_run_on() {
    for flow in FLOWS {
        for ((state, hands), way) in walk(flow) {
            for (clock, _) in hands.iter().filter(|(_, hand)| **hand == Hand::StandsStill) {
                let resumes = |s: &Step| s.by == Party::Applicant && s.clocks.contains(&ClockOp::Resume(Clock(clock)));
                assert!(flow.from(state).any(resumes), "{}: {way:?}: {state} {clock}", flow.kind);
            }
        }
    }
}

#[test]
fn the_states_of_a_flow_are_those_of_its_enum() {
    let of = |kind: &str| shared::flows::flow(kind).unwrap().states().iter().map(|s| s.0).collect::<BTreeSet<_>>();
    assert_eq!(of("application"), ApplicationState::ALL.iter().map(|s| s.code()).collect());
    assert_eq!(of("sos"), CallState::ALL.iter().map(|s| s.code()).collect());
    assert_eq!(of("demand"), DemandState::ALL.iter().map(|s| s.code()).collect());
    assert_eq!(FLOWS.len(), 3, "a new flow has an enum of its states, too");
}
