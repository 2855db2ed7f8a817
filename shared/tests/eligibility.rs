//! Tests the three-valued eligibility check and its reasons, on the old-age allowance of the catalogue.
#![expect(clippy::unwrap_used, reason = "helper functions of tests may panic, too")]

use jiff::civil::{Date, date};
use proptest::prelude::*;
use shared::{
    Bilingual, Lang,
    registry::{Fact, Facts},
    services::{
        Item, Verdict,
        eligibility::Outcome,
        rule::{Rule, Test},
    },
};

const TODAY: Date = date(2026, 6, 1);

fn allowance() -> Item {
    Item::parse(include_str!("../../server/catalogue/old-age-allowance.toml")).unwrap()
}

fn fact(key: &str, value: &str, as_of: Date) -> Fact {
    Fact {
        key: key.to_owned(),
        value: value.to_owned(),
        agency: Bilingual::new("武汉市公安局", "Wuhan Public Security Bureau"),
        as_of,
    }
}

fn person(born_on: &str, district: &str, status: &str, as_of: Date) -> Facts {
    [("person.born_on", born_on), ("person.address.district", district), ("person.status", status)]
        .into_iter()
        .map(|(key, value)| fact(key, value, as_of))
        .collect()
}

const FRESH: Date = date(2026, 1, 1);
const STALE: Date = date(2020, 1, 1);

#[test]
fn facts_of_the_register_decide() {
    let verdict = |facts: &Facts| allowance().assess(facts, TODAY).verdict;
    assert_eq!(verdict(&person("1940-05-01", "420106", "alive", FRESH)), Verdict::Eligible);
    assert_eq!(verdict(&person("1946-06-01", "420106", "alive", FRESH)), Verdict::Eligible);
    assert_eq!(verdict(&person("1946-06-02", "420106", "alive", FRESH)), Verdict::NotEligible);
    assert_eq!(verdict(&person("1940-05-01", "110101", "alive", FRESH)), Verdict::NotEligible);
    assert_eq!(verdict(&person("1940-05-01", "420106", "moved_away", FRESH)), Verdict::NotEligible);
}

#[test]
fn a_missing_or_stale_fact_gives_unknown_instead_of_not_eligible() {
    let item = allowance();
    let verdict = |facts: &Facts| item.assess(facts, TODAY).verdict;
    assert_eq!(verdict(&Facts::default()), Verdict::Unknown);
    assert_eq!(verdict(&person("1940-05-01", "420106", "alive", STALE)), Verdict::Unknown);
    assert_eq!(verdict(&person("1940-05-01", "110101", "moved_away", STALE)), Verdict::Unknown);
    assert_eq!(verdict(&person("long ago", "420106", "alive", FRESH)), Verdict::Unknown);
    // A date of birth does not become stale, so it decides by itself.
    assert_eq!(verdict(&person("1990-05-01", "110101", "moved_away", STALE)), Verdict::NotEligible);
}

#[test]
fn every_line_has_a_reason_and_unknown_ones_say_how_to_settle_them() {
    let assessment = allowance().assess(&person("1940-05-01", "420106", "alive", STALE), TODAY);
    let outcomes: Vec<Outcome> = assessment.lines.iter().map(|l| l.outcome).collect();
    assert_eq!(outcomes, [Outcome::Holds, Outcome::Unknown, Outcome::Unknown]);
    let reasons: Vec<String> = assessment.lines.iter().map(|l| l.reason(Lang::En, true)).collect();
    assert_eq!(
        reasons,
        [
            "Date of birth: 1 May 1940 (Wuhan Public Security Bureau, 1 January 2020)",
            "Registered district: the register’s entry of 1 January 2020 is too old",
            "Status in the register: the register’s entry of 1 January 2020 is too old",
        ]
    );
    for line in &assessment.lines {
        assert_eq!(line.settle.is_some(), line.outcome == Outcome::Unknown);
    }
    let without_facts = allowance().assess(&Facts::default(), TODAY);
    assert!(without_facts.lines.iter().all(|l| l.reason(Lang::Zh, true).starts_with("没有查到")));
    let json = serde_json::to_string(&assessment).unwrap();
    assert_eq!(serde_json::from_str::<shared::services::Assessment>(&json).unwrap(), assessment);
}

#[test]
fn a_review_rule_gives_needs_review() {
    let mut item = allowance();
    let settle = Bilingual::new("工作人员核对", "Staff check it");
    let review = shared::services::rule::ReviewRule { review: true, settle };
    item.conditions.last_mut().unwrap().rule = Rule::Review(review);
    let verdict = |facts: &Facts| item.assess(facts, TODAY).verdict;
    assert_eq!(verdict(&person("1940-05-01", "420106", "", FRESH)), Verdict::NeedsReview);
    assert_eq!(verdict(&person("1940-05-01", "", "", FRESH)), Verdict::Unknown);
    assert_eq!(verdict(&person("1990-05-01", "420106", "", FRESH)), Verdict::NotEligible);
}

#[test]
fn the_benefit_depends_on_the_age() {
    let fen = |born_on: &str| {
        let assessment = allowance().assess(&person(born_on, "420106", "alive", FRESH), TODAY);
        assessment.benefit.map(|row| row.fen_per_month)
    };
    let rows: Vec<i64> = allowance().benefit.unwrap().rows.iter().map(|r| r.fen_per_month).collect();
    assert_eq!(fen("1946-06-01"), Some(rows[0]));
    assert_eq!(fen("1936-06-02"), Some(rows[0]));
    assert_eq!(fen("1936-06-01"), Some(rows[1]));
    assert_eq!(fen("1926-06-01"), Some(rows[2]));
    assert_eq!(fen("1946-06-02"), None);
    assert_eq!(fen(""), None);
}

#[test]
fn only_facts_that_the_item_uses_are_read() {
    assert_eq!(allowance().rule_facts(), ["person.address.district", "person.born_on", "person.status"]);
    assert!(allowance().facts().contains(&"person.phone".to_owned()));
    assert!(!allowance().facts().contains(&"person.household".to_owned()));
}

#[test]
fn rule_tests_compare_dates_numbers_and_texts() {
    let years = Test::YearsAtLeast(80);
    assert_eq!(years.passes("1944-02-29", date(2024, 2, 28)), Some(false));
    assert_eq!(years.passes("1944-02-29", date(2024, 2, 29)), Some(true));
    assert_eq!(Test::YearsAtLeast(81).passes("1944-02-29", date(2025, 2, 28)), Some(true));
    assert_eq!(Test::YearsBelow(80).passes("1944-02-29", date(2024, 2, 28)), Some(true));
    assert_eq!(Test::OnOrBefore(TODAY).passes("2026-06-01", TODAY), Some(true));
    assert_eq!(Test::OnOrAfter(TODAY).passes("2026-05-31", TODAY), Some(false));
    assert_eq!(Test::In(vec!["a".to_owned()]).passes("b", TODAY), Some(false));
    assert_eq!(Test::StartsWith("4201".to_owned()).passes("420106", TODAY), Some(true));
    assert_eq!(Test::AtLeast(3).passes("three", TODAY), None);
    assert_eq!(Test::AtMost(3).passes("3", TODAY), Some(true));
}

proptest! {
    /// Removing a fact never turns `Eligible` or `Unknown` into `NotEligible`.
    #[test]
    fn removing_a_fact_never_gives_not_eligible(
        born_on in prop::sample::select(vec!["1940-05-01", "1990-01-01", "nonsense", ""]),
        district in prop::sample::select(vec!["420106", "110101", ""]),
        status in prop::sample::select(vec!["alive", "deceased", ""]),
        stale in any::<bool>(),
        without in 0_usize..3,
    ) {
        let all = person(born_on, district, status, if stale { STALE } else { FRESH });
        let fewer: Facts = all.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, f)| f.clone()).collect();
        let item = allowance();
        if item.assess(&all, TODAY).verdict != Verdict::NotEligible {
            prop_assert_ne!(item.assess(&fewer, TODAY).verdict, Verdict::NotEligible);
        }
    }
}
