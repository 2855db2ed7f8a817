//! Tests the ranking of responders: each rule by itself, and properties for any set of candidates.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, sample::subsequence};
use shared::{
    Lang,
    care::{
        geo::Fix,
        ranking::{Candidate, Need, RADIUS_M, Ranking, eta_s, rank},
        reasons::{DistanceFrom, Flag, Reason, Shortfall},
        responder::{Mode, Skill},
    },
    ids::AccountId,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const HOME: (f64, f64) = (30.5560, 114.3160);

/// Distances that differ by at most this many metres count as equal.
const EQUAL_WITHIN_M: f64 = 100.0;

fn now() -> Timestamp {
    "2026-03-02T02:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// A position this many metres north of the home.
fn north(metres: f64, minutes: i64) -> Fix {
    Fix { lat: HOME.0 + metres / 111_195.08, lon: HOME.1, accuracy_m: Some(20.0), taken_at: ago(minutes) }
}

fn need() -> Need {
    let home = Fix { lat: HOME.0, lon: HOME.1, accuracy_m: None, taken_at: now() };
    Need {
        place: Some((home, DistanceFrom::Home)),
        skills: Vec::new(),
        languages: vec!["zh-x-wuhan".to_owned(), "zh".to_owned()],
        radius_m: RADIUS_M,
    }
}

/// A responder on duty at this distance from the home.
fn responder_at(id: u128, metres: f64) -> Candidate {
    Candidate {
        id: Uuid::from_u128(id).into(),
        name: format!("救援员{id}"),
        responder: true,
        on_duty: true,
        skills: vec![Skill::FirstAid],
        languages: Vec::new(),
        mode: Mode::Moped,
        position: Some(north(metres, 5)),
        resting_until: None,
        key_holder: false,
        visits: 0,
        unavailable: false,
    }
}

fn order(ranking: &Ranking) -> Vec<u128> {
    ranking.picks.iter().map(|p| p.id.0.as_u128()).collect()
}

#[test]
fn nearer_candidates_rank_first_and_at_equal_distance_the_faster_one() {
    let walker = Candidate { mode: Mode::Walk, ..responder_at(1, 1_010.0) };
    let found = rank(&[responder_at(3, 2_000.0), walker, responder_at(2, 1_020.0)], &need(), now());
    assert_eq!((order(&found), found.shortfalls.len()), (vec![2, 1, 3], 0));
    let metres = found.picks[2].distance_m.unwrap();
    assert!((metres - 2_000.0).abs() < 1.0, "{metres}");
    // 2 km, 1.3 times as far by road, at 15 km/h: 624 s.
    assert!((623..=625).contains(&found.picks[2].eta_s.unwrap()));
    assert_eq!(eta_s(1_000.0, Mode::Walk), 936);
}

#[test]
fn at_equal_distance_holding_the_key_to_the_home_decides_then_earlier_visits_then_language() {
    let tie = |id| responder_at(id, 800.0);
    let candidates = [
        tie(1),
        Candidate { languages: vec!["zh".into()], ..tie(2) },
        Candidate { visits: 1, ..tie(3) },
        Candidate { visits: 4, ..tie(4) },
        Candidate { key_holder: true, ..tie(5) },
    ];
    let found = rank(&candidates, &need(), now());
    assert_eq!(order(&found), [5, 4, 3, 2, 1]);
    assert!(found.picks[0].reasons.contains(&Reason::KeyHolder));
    assert!(found.picks[1].reasons.contains(&Reason::Familiar { times: 4 }));
    assert!(found.picks[3].reasons.contains(&Reason::Language { language: "zh".into() }));
}

#[test]
fn stale_positions_are_flagged_and_rank_lower_and_resting_candidates_rank_last() {
    let until = now() + SignedDuration::from_hours(2);
    let candidates = [
        Candidate { resting_until: Some(until), ..responder_at(1, 100.0) },
        Candidate { position: None, ..responder_at(2, 0.0) },
        Candidate { position: Some(north(100.0, 31)), ..responder_at(3, 0.0) },
        Candidate { position: Some(north(3_000.0, 30)), ..responder_at(4, 0.0) },
        Candidate { resting_until: Some(ago(1)), ..responder_at(5, 4_000.0) },
        responder_at(6, 7_000.0),
    ];
    let found = rank(&candidates, &need(), now());
    assert_eq!(order(&found), [4, 5, 3, 2, 6, 1]);
    let flags: Vec<_> = found.picks.iter().map(|p| p.flags.clone()).collect();
    assert_eq!(flags[2], [Flag::StaleLocation { minutes: 31 }]);
    assert_eq!(flags[3], [Flag::NoLocation]);
    assert_eq!(flags[4], [Flag::OutsideRadius { radius_m: RADIUS_M }]);
    assert_eq!(flags[5], [Flag::Resting { until }]);
}

#[test]
fn every_shortfall_is_reported() {
    let shortfalls_of = |c: Candidate, n: &Need| rank(&[c], n, now()).shortfalls;
    let near = || responder_at(1, 500.0);
    assert_eq!(rank(&[], &need(), now()).shortfalls, [Shortfall::NoResponders]);
    assert_eq!(shortfalls_of(Candidate { responder: false, ..near() }, &need()), [Shortfall::NoResponders]);
    assert_eq!(shortfalls_of(Candidate { on_duty: false, ..near() }, &need()), [Shortfall::NobodyOnDuty { of: 1 }]);
    assert_eq!(shortfalls_of(Candidate { unavailable: true, ..near() }, &need()), [Shortfall::AllSent { of: 1 }]);
    let nurse_needed = Need { skills: vec![Skill::Nurse], ..need() };
    assert_eq!(shortfalls_of(near(), &nurse_needed), [Shortfall::NobodyWithSkill { skills: vec![Skill::Nurse], of: 1 }]);
    assert_eq!(
        shortfalls_of(Candidate { position: Some(north(500.0, 45)), ..near() }, &need()),
        [Shortfall::LocationsStale { of: 1 }]
    );
    let until = now() + SignedDuration::from_secs(1);
    assert_eq!(shortfalls_of(Candidate { resting_until: Some(until), ..near() }, &need()), [Shortfall::AllResting { of: 1 }]);
    assert_eq!(shortfalls_of(near(), &Need { place: None, ..need() }), [Shortfall::PlaceUnknown]);
    let too_far = shortfalls_of(responder_at(1, 9_000.0), &need());
    assert!(
        matches!(too_far[..], [Shortfall::NobodyWithinRadius { nearest_m: Some(m), .. }] if (m - 9_000.0).abs() < 1.0),
        "{too_far:?}"
    );
    let unlocated = shortfalls_of(Candidate { position: None, ..near() }, &need());
    let radius_m = RADIUS_M;
    assert_eq!(unlocated, [Shortfall::NobodyWithinRadius { radius_m, nearest_m: None }, Shortfall::LocationsStale { of: 1 }]);
    for shortfall in unlocated.iter().chain(&too_far) {
        assert!(!shortfall.text(Lang::Zh).is_empty() && !shortfall.text(Lang::En).is_empty());
    }
}

fn fix() -> impl Strategy<Value = Fix> {
    (-0.12..0.12, -0.12..0.12, -5_i64..200).prop_map(|(lat, lon, minutes)| Fix {
        lat: HOME.0 + lat,
        lon: HOME.1 + lon,
        accuracy_m: None,
        taken_at: ago(minutes),
    })
}

fn any_candidate(id: u128) -> impl Strategy<Value = Candidate> {
    let status = (prop::bool::weighted(0.9), prop::bool::weighted(0.8), prop::bool::weighted(0.2), any::<bool>(), 0_u32..3);
    let details = (
        subsequence(Skill::ALL.to_vec(), 0..=Skill::ALL.len()),
        subsequence(vec!["zh".to_owned(), "zh-x-wuhan".to_owned(), "en".to_owned()], 0..=3),
        prop::sample::select(Mode::ALL.to_vec()),
        prop::option::weighted(0.9, fix()),
        prop::option::of(-120_i64..120),
    );
    (status, details).prop_map(
        move |((responder, on_duty, unavailable, key_holder, visits), (skills, languages, mode, position, rest))| Candidate {
            id: Uuid::from_u128(id).into(),
            name: id.to_string(),
            responder,
            on_duty,
            skills,
            languages,
            mode,
            position,
            resting_until: rest.map(ago),
            key_holder,
            visits,
            unavailable,
        },
    )
}

/// Candidates, the same candidates in another order, and what the call needs.
fn any_ranking_input() -> impl Strategy<Value = (Vec<Candidate>, Vec<Candidate>, Need)> {
    let candidates = prop::collection::vec(Just(()), 0..25)
        .prop_flat_map(|slots| slots.into_iter().enumerate().map(|(i, ())| any_candidate(i as u128 + 1)).collect::<Vec<_>>());
    let wanted = (prop::option::weighted(0.9, fix()), subsequence(Skill::ALL.to_vec(), 0..=2), 500.0..15_000.0);
    (candidates, wanted).prop_flat_map(|(candidates, (place, skills, radius_m))| {
        let need = Need { place: place.map(|p| (p, DistanceFrom::Caller)), skills, radius_m, ..need() };
        (Just(candidates.clone()), Just(candidates).prop_shuffle(), Just(need))
    })
}

proptest! {
    #[test]
    fn the_ranking_does_not_depend_on_the_input_order((candidates, shuffled, need) in any_ranking_input()) {
        prop_assert_eq!(rank(&candidates, &need, now()), rank(&shuffled, &need, now()));
    }

    #[test]
    fn exactly_the_available_candidates_are_suggested((candidates, _, need) in any_ranking_input()) {
        let found = rank(&candidates, &need, now());
        let has_skills = |c: &&Candidate| need.skills.iter().all(|s| c.skills.contains(s));
        let available: BTreeSet<AccountId> =
            candidates.iter().filter(|c| c.responder && c.on_duty && !c.unavailable).filter(has_skills).map(|c| c.id).collect();
        prop_assert_eq!(found.picks.iter().map(|p| p.id).collect::<BTreeSet<_>>(), available);
        prop_assert!(!found.picks.is_empty() || !found.shortfalls.is_empty(), "no candidate and no shortfall");
        prop_assert!(found.picks.iter().enumerate().all(|(i, p)| p.rank == i + 1));
    }

    #[test]
    fn the_ranking_follows_the_order_of_the_rules((candidates, _, need) in any_ranking_input()) {
        let found = rank(&candidates, &need, now());
        for pair in found.picks.windows(2) {
            let class = |p: &shared::care::ranking::Pick| {
                let has = |wanted: fn(&Flag) -> bool| p.flags.iter().any(wanted);
                (
                    has(|f| matches!(f, Flag::Resting { .. })),
                    has(|f| matches!(f, Flag::OutsideRadius { .. })),
                    has(|f| matches!(f, Flag::StaleLocation { .. } | Flag::NoLocation)),
                )
            };
            prop_assert!(class(&pair[0]) <= class(&pair[1]));
            if class(&pair[0]) == class(&pair[1]) && let (Some(a), Some(b)) = (pair[0].distance_m, pair[1].distance_m) {
                prop_assert!(a <= b + EQUAL_WITHIN_M, "{a} before {b}");
            }
        }
    }

    #[test]
    fn every_pick_has_complete_reasons_and_flags((candidates, _, need) in any_ranking_input()) {
        for pick in rank(&candidates, &need, now()).picks {
            let picked = candidates.iter().find(|c| c.id == pick.id).unwrap();
            let count_reasons = |wanted: fn(&Reason) -> bool| pick.reasons.iter().filter(|r| wanted(r)).count();
            let count_flags = |wanted: fn(&Flag) -> bool| pick.flags.iter().filter(|f| wanted(f)).count();
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::OnDuty)), 1);
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Rested)) + count_flags(|f| matches!(f, Flag::Resting { .. })), 1);
            let location_flags = count_flags(|f| matches!(f, Flag::StaleLocation { .. } | Flag::NoLocation));
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Located { .. })) + location_flags, 1);
            let measured = usize::from(picked.position.is_some() && need.place.is_some());
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Distance { .. })), measured);
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Eta { .. })), measured);
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Skill { .. })), need.skills.len());
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::KeyHolder)), usize::from(picked.key_holder));
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Familiar { .. })), usize::from(picked.visits > 0));
            let speaks = need.languages.iter().any(|l| picked.languages.contains(l));
            prop_assert_eq!(count_reasons(|r| matches!(r, Reason::Language { .. })), usize::from(speaks));
            for lang in [Lang::Zh, Lang::En] {
                prop_assert!(pick.reasons.iter().all(|r| !r.text(lang).is_empty()) && pick.flags.iter().all(|f| !f.text(lang).is_empty()));
            }
        }
    }
}
