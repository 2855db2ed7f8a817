//! Tests every item of the service catalogue: it parses, passes its checks, and has texts in both languages.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helper functions of tests may panic, too")]

use jiff::civil::date;
use shared::{
    Lang,
    services::{Item, validate::validate_all},
};
use std::{fs, path::Path};

fn items() -> Vec<Item> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/catalogue");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    paths.sort();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    let read = |path: &std::path::PathBuf| {
        let item = Item::parse(&fs::read_to_string(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(name == item.code || name == format!("{}-{}", item.code, item.version), "{name} holds {}", item.code);
        item
    };
    paths.iter().map(read).collect()
}

#[test]
fn every_item_passes_its_checks_and_survives_json() {
    let items = items();
    assert!(items.len() >= 3);
    for item in items {
        assert_eq!(item.check(), [], "{}", item.code);
        let json = serde_json::to_string(&item).unwrap();
        assert_eq!(serde_json::from_str::<Item>(&json).unwrap(), item, "{}", item.code);
    }
}

#[test]
fn every_refusal_names_its_legal_basis() {
    for item in items() {
        for refusal in &item.refusals {
            for lang in [Lang::Zh, Lang::En] {
                assert!(!item.basis_text(refusal, lang).is_empty(), "{} {}", item.code, refusal.code);
            }
        }
    }
}

#[test]
fn the_title_of_a_law_is_set_off_from_its_clause() {
    let allowance = items().into_iter().find(|i| i.code == "old-age-allowance").unwrap();
    let refusal = allowance.refusals.iter().find(|r| r.basis == "local-rule").unwrap();
    let basis = allowance.basis_text(refusal, Lang::En);
    assert_eq!(basis, "The city’s rules for the old-age allowance – Who receives it, how much, and how");
}

#[test]
fn an_empty_form_reports_missing_answers_at_existing_fields() {
    for item in items() {
        let errors = validate_all(&item.form, &shared::services::Answers::default(), date(2026, 6, 1));
        assert!(!errors.is_empty(), "{}", item.code);
        assert!(errors.iter().all(|e| item.form.find(&e.field).is_some()), "{}", item.code);
    }
}

#[test]
fn the_example_item_of_the_guide_passes_its_checks() {
    let guide = include_str!("../../docs/how-to/add-a-service-item.md");
    let example = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(Item::parse(example).unwrap().check(), []);
}
