//! Who should go: the rules one by one, and what holds whoever the candidates are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at once")]

use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, sample::subsequence};
use shared::{
    Lang,
    care::{
        geo::Fix,
        ranking::{Candidate, Need, RADIUS_M, Ranking, eta_s, rank},
        reasons::{Flag, PlaceOf, Reason, Shortfall},
        responder::{Mode, Skill},
    },
};
use std::collections::BTreeSet;
use uuid::Uuid;

const HOME: (f64, f64) = (30.5560, 114.3160);

fn now() -> Timestamp {
    "2026-03-02T02:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// A position so many metres to the north of the home.
fn north(metres: f64, minutes: i64) -> Fix {
    Fix { lat: HOME.0 + metres / 111_195.08, lon: HOME.1, accuracy_m: Some(20.0), taken_at: ago(minutes) }
}

fn need() -> Need {
    let home = Fix { lat: HOME.0, lon: HOME.1, accuracy_m: None, taken_at: now() };
    Need {
        place: Some((home, PlaceOf::Home)),
        skills: Vec::new(),
        languages: vec!["zh-x-wuhan".to_owned(), "zh".to_owned()],
        radius_m: RADIUS_M,
    }
}

fn somebody(id: u128, metres: f64) -> Candidate {
    Candidate {
        id: Uuid::from_u128(id),
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
        sent: false,
    }
}

fn order(ranking: &Ranking) -> Vec<u128> {
    ranking.picks.iter().map(|p| p.id.as_u128()).collect()
}

#[test]
fn the_nearer_comes_first_and_the_faster_of_two_at_the_same_distance() {
    let walker = Candidate { mode: Mode::Walk, ..somebody(1, 1_010.0) };
    let found = rank(&[somebody(3, 2_000.0), walker, somebody(2, 1_020.0)], &need(), now());
    assert_eq!((order(&found), found.shortfalls.len()), (vec![2, 1, 3], 0));
    let metres = found.picks[2].distance_m.unwrap();
    assert!((metres - 2_000.0).abs() < 1.0, "{metres}");
    // 2 km, 1.3 times as far by road, at 15 km/h: 624 s.
    assert!((623..=625).contains(&found.picks[2].eta_s.unwrap()));
    assert_eq!(eta_s(1_000.0, Mode::Walk), 936);
}

#[test]
fn at_the_same_distance_the_key_counts_then_familiarity_then_language() {
    let tie = |id| somebody(id, 800.0);
    let crowd = [
        tie(1),
        Candidate { languages: vec!["zh".into()], ..tie(2) },
        Candidate { visits: 1, ..tie(3) },
        Candidate { visits: 4, ..tie(4) },
        Candidate { key_holder: true, ..tie(5) },
    ];
    let found = rank(&crowd, &need(), now());
    assert_eq!(order(&found), [5, 4, 3, 2, 1]);
    assert!(found.picks[0].reasons.contains(&Reason::KeyHolder));
    assert!(found.picks[1].reasons.contains(&Reason::Familiar { times: 4 }));
    assert!(found.picks[3].reasons.contains(&Reason::Language { language: "zh".into() }));
}

#[test]
fn an_old_position_is_flagged_and_behind_and_rest_is_behind_everything() {
    let until = now() + SignedDuration::from_hours(2);
    let crowd = [
        Candidate { resting_until: Some(until), ..somebody(1, 100.0) },
        Candidate { position: None, ..somebody(2, 0.0) },
        Candidate { position: Some(north(100.0, 31)), ..somebody(3, 0.0) },
        Candidate { position: Some(north(3_000.0, 30)), ..somebody(4, 0.0) },
        Candidate { resting_until: Some(ago(1)), ..somebody(5, 4_000.0) },
        somebody(6, 7_000.0),
    ];
    let found = rank(&crowd, &need(), now());
    assert_eq!(order(&found), [4, 5, 3, 2, 6, 1]);
    let flags: Vec<_> = found.picks.iter().map(|p| p.flags.clone()).collect();
    assert_eq!(flags[2], [Flag::StaleLocation { minutes: 31 }]);
    assert_eq!(flags[3], [Flag::NoLocation]);
    assert_eq!(flags[4], [Flag::OutsideRadius { radius_m: RADIUS_M }]);
    assert_eq!(flags[5], [Flag::Resting { until }]);
}

#[test]
fn every_shortfall_is_said() {
    let only = |c: Candidate, n: &Need| rank(&[c], n, now()).shortfalls;
    let one = || somebody(1, 500.0);
    assert_eq!(rank(&[], &need(), now()).shortfalls, [Shortfall::NoResponders]);
    assert_eq!(only(Candidate { responder: false, ..one() }, &need()), [Shortfall::NoResponders]);
    assert_eq!(only(Candidate { on_duty: false, ..one() }, &need()), [Shortfall::NobodyOnDuty { of: 1 }]);
    assert_eq!(only(Candidate { sent: true, ..one() }, &need()), [Shortfall::AllSent { of: 1 }]);
    let wants = Need { skills: vec![Skill::Nurse], ..need() };
    assert_eq!(only(one(), &wants), [Shortfall::NobodyWithSkill { skills: vec![Skill::Nurse], of: 1 }]);
    assert_eq!(only(Candidate { position: Some(north(500.0, 45)), ..one() }, &need()), [Shortfall::LocationsStale { of: 1 }]);
    let until = now() + SignedDuration::from_secs(1);
    assert_eq!(only(Candidate { resting_until: Some(until), ..one() }, &need()), [Shortfall::AllResting { of: 1 }]);
    assert_eq!(only(one(), &Need { place: None, ..need() }), [Shortfall::PlaceUnknown]);
    let far = only(somebody(1, 9_000.0), &need());
    assert!(
        matches!(far[..], [Shortfall::NobodyWithinRadius { nearest_m: Some(m), .. }] if (m - 9_000.0).abs() < 1.0),
        "{far:?}"
    );
    let nowhere = only(Candidate { position: None, ..one() }, &need());
    let radius_m = RADIUS_M;
    assert_eq!(nowhere, [Shortfall::NobodyWithinRadius { radius_m, nearest_m: None }, Shortfall::LocationsStale { of: 1 }]);
    for shortfall in nowhere.iter().chain(&far) {
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

fn candidate(id: u128) -> impl Strategy<Value = Candidate> {
    let who = (prop::bool::weighted(0.9), prop::bool::weighted(0.8), prop::bool::weighted(0.2), any::<bool>(), 0_u32..3);
    let what = (
        subsequence(Skill::ALL.to_vec(), 0..=Skill::ALL.len()),
        subsequence(vec!["zh".to_owned(), "zh-x-wuhan".to_owned(), "en".to_owned()], 0..=3),
        prop::sample::select(Mode::ALL.to_vec()),
        prop::option::weighted(0.9, fix()),
        prop::option::of(-120_i64..120),
    );
    (who, what).prop_map(move |((responder, on_duty, sent, key_holder, visits), (skills, languages, mode, position, rest))| {
        Candidate {
            id: Uuid::from_u128(id),
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
            sent,
        }
    })
}

fn scene() -> impl Strategy<Value = (Vec<Candidate>, Vec<Candidate>, Need)> {
    let crowd = prop::collection::vec(Just(()), 0..25)
        .prop_flat_map(|slots| slots.into_iter().enumerate().map(|(i, ())| candidate(i as u128 + 1)).collect::<Vec<_>>());
    let wanted = (prop::option::weighted(0.9, fix()), subsequence(Skill::ALL.to_vec(), 0..=2), 500.0..15_000.0);
    (crowd, wanted).prop_flat_map(|(crowd, (place, skills, radius_m))| {
        let need = Need { place: place.map(|p| (p, PlaceOf::Caller)), skills, radius_m, ..need() };
        (Just(crowd.clone()), Just(crowd).prop_shuffle(), Just(need))
    })
}

proptest! {
    #[test]
    fn the_order_of_the_candidates_does_not_matter((crowd, shuffled, need) in scene()) {
        prop_assert_eq!(rank(&crowd, &need, now()), rank(&shuffled, &need, now()));
    }

    #[test]
    fn exactly_those_are_suggested_who_may_go((crowd, _, need) in scene()) {
        let found = rank(&crowd, &need, now());
        let able = |c: &&Candidate| need.skills.iter().all(|s| c.skills.contains(s));
        let may: BTreeSet<Uuid> =
            crowd.iter().filter(|c| c.responder && c.on_duty && !c.sent).filter(able).map(|c| c.id).collect();
        prop_assert_eq!(found.picks.iter().map(|p| p.id).collect::<BTreeSet<_>>(), may);
        prop_assert!(!found.picks.is_empty() || !found.shortfalls.is_empty(), "nobody, and no word why");
        prop_assert!(found.picks.iter().enumerate().all(|(i, p)| p.rank == i + 1));
    }

    #[test]
    fn whoever_comes_later_is_not_better_by_an_earlier_rule((crowd, _, need) in scene()) {
        let found = rank(&crowd, &need, now());
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
                prop_assert!(a <= b + 100.0, "{a} before {b}");
            }
        }
    }

    #[test]
    fn reasons_and_flags_are_complete((crowd, _, need) in scene()) {
        for pick in rank(&crowd, &need, now()).picks {
            let who = crowd.iter().find(|c| c.id == pick.id).unwrap();
            let why = |wanted: fn(&Reason) -> bool| pick.reasons.iter().filter(|r| wanted(r)).count();
            let but = |wanted: fn(&Flag) -> bool| pick.flags.iter().filter(|f| wanted(f)).count();
            prop_assert_eq!(why(|r| matches!(r, Reason::OnDuty)), 1);
            prop_assert_eq!(why(|r| matches!(r, Reason::Rested)) + but(|f| matches!(f, Flag::Resting { .. })), 1);
            let placed = but(|f| matches!(f, Flag::StaleLocation { .. } | Flag::NoLocation));
            prop_assert_eq!(why(|r| matches!(r, Reason::Located { .. })) + placed, 1);
            let measured = usize::from(who.position.is_some() && need.place.is_some());
            prop_assert_eq!(why(|r| matches!(r, Reason::Distance { .. })), measured);
            prop_assert_eq!(why(|r| matches!(r, Reason::Eta { .. })), measured);
            prop_assert_eq!(why(|r| matches!(r, Reason::Skill { .. })), need.skills.len());
            prop_assert_eq!(why(|r| matches!(r, Reason::KeyHolder)), usize::from(who.key_holder));
            prop_assert_eq!(why(|r| matches!(r, Reason::Familiar { .. })), usize::from(who.visits > 0));
            let speaks = need.languages.iter().any(|l| who.languages.contains(l));
            prop_assert_eq!(why(|r| matches!(r, Reason::Language { .. })), usize::from(speaks));
            for lang in [Lang::Zh, Lang::En] {
                prop_assert!(pick.reasons.iter().all(|r| !r.text(lang).is_empty()) && pick.flags.iter().all(|f| !f.text(lang).is_empty()));
            }
        }
    }
}
