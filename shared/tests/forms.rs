//! Tests the handling of application forms, on forms of the catalogue: validation, drafts, prefilling, corrections, migration to a
//! new version, display and routing.
#![expect(clippy::unwrap_used, reason = "helper functions of tests may panic, too")]

use jiff::civil::{Date, date};
use proptest::prelude::*;
use shared::{
    Bilingual, FieldError, FieldErrorKind, Lang,
    registry::{Fact, Facts},
    services::{
        Answers, Form, Item, Kind,
        answers::is_at_or_below,
        display::{self, Masking},
        draft::{self, FieldChange, Origin},
        revision::{changed, open_fields, restrict},
        routing::route,
        validate::{date_limit, validate_all, validate_fields, validate_page},
    },
};
use std::sync::LazyLock;

const TODAY: Date = date(2026, 6, 1);
const UPLOAD: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn allowance() -> Item {
    static ITEM: LazyLock<Item> =
        LazyLock::new(|| Item::parse(include_str!("../../server/catalogue/old-age-allowance.toml")).unwrap());
    ITEM.clone()
}

fn housing() -> Item {
    static ITEM: LazyLock<Item> =
        LazyLock::new(|| Item::parse(include_str!("../../server/catalogue/public-rental-housing.toml")).unwrap());
    ITEM.clone()
}

fn hygiene() -> Item {
    static ITEM: LazyLock<Item> =
        LazyLock::new(|| Item::parse(include_str!("../../server/catalogue/public-place-hygiene-permit.toml")).unwrap());
    ITEM.clone()
}

fn answers(pairs: &[(&str, &str)]) -> Answers {
    Answers::from_pairs(pairs.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned()))).unwrap()
}

fn with(base: &Answers, pairs: &[(&str, &str)]) -> Answers {
    let mut after = base.clone();
    for (path, value) in pairs {
        after.set(path, [(*value).to_owned()]);
    }
    after
}

fn strings(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|p| (*p).to_owned()).collect()
}

/// An identity number of the reserved demo range, so that no real person has it.
fn id(sequence: u16) -> String {
    shared::account::demo::resident_id(date(1940, 5, 1), sequence).unwrap().as_str().to_owned()
}

fn phone() -> String {
    shared::account::demo::phone(1).unwrap().as_str().to_owned()
}

fn valid_allowance() -> Answers {
    answers(&[
        ("applicant", "self"),
        ("name", "王秀英"),
        ("resident_id", &id(1)),
        ("born_on", "1940-05-01"),
        ("address.district", "420106"),
        ("address.street", "水果湖街道"),
        ("address.detail", "示例路 1 号"),
        ("phone", &phone()),
        ("bank", "示例银行武昌支行"),
        ("bank_account", "6200000000000005"),
        ("photo", UPLOAD),
        ("truth", "yes"),
        ("other_allowance", "yes"),
    ])
}

fn valid_housing() -> Answers {
    answers(&[
        ("applicant.name", "李强"),
        ("applicant.resident_id", &id(3)),
        ("phone", &phone()),
        ("marital", "married"),
        ("monthly_income", "3000.00"),
        ("members.0.name", "张敏"),
        ("members.0.resident_id", &id(2)),
        ("members.0.relation", "spouse"),
        ("members.0.income", "0.00"),
        ("members.1.name", "李老"),
        ("members.1.resident_id", &id(5)),
        ("members.1.relation", "other"),
        ("members.1.relation_other", "舅舅"),
        ("members.1.income", "1200.50"),
        ("home.district", "420111"),
        ("home.street", "关山街道"),
        ("home.detail", "示例路 2 号"),
        ("home_kind", "rented"),
        ("home_area", "38.5"),
        ("rent", "900.00"),
        ("needs", "elderly"),
        ("needs", "ill"),
        ("income_proof", UPLOAD),
        ("lease", UPLOAD),
        ("truth", "yes"),
        ("consent", "yes"),
    ])
}

fn valid_hygiene() -> Answers {
    let uscc = shared::account::demo::uscc(1).unwrap();
    answers(&[
        ("uscc", uscc.as_str()),
        ("operator_name", "示例理发店"),
        ("responsible.name", "陈芳"),
        ("responsible.resident_id", &id(4)),
        ("premises_name", "示例理发店"),
        ("premises.district", "420102"),
        ("premises.street", "一元街道"),
        ("premises.detail", "示例路 3 号"),
        ("type", "hair"),
        ("floor_area", "45.25"),
        ("staff", "4"),
        ("central_air", "no"),
        ("plan", UPLOAD),
        ("test_report", UPLOAD),
        ("rules", UPLOAD),
        ("contact_name", "陈芳"),
        ("contact_phone", &phone()),
        ("truth", "yes"),
    ])
}

fn field_errors(form: &Form, answers: &Answers) -> Vec<(String, FieldErrorKind)> {
    validate_all(form, answers, TODAY).into_iter().map(|e| (e.field, e.kind)).collect()
}

#[test]
fn valid_answers_pass_validation_and_are_submitted_unchanged() {
    for (item, valid) in [(allowance(), valid_allowance()), (housing(), valid_housing()), (hygiene(), valid_hygiene())] {
        assert_eq!(field_errors(&item.form, &valid), [], "{}", item.code);
        assert_eq!(item.form.visible(&valid), valid, "{}", item.code);
        for page in &item.form.pages {
            assert_eq!(validate_page(&item.form, &page.id, &valid, TODAY), [], "{}", page.id);
        }
    }
}

#[test]
fn every_field_kind_reports_its_own_errors_at_its_path() {
    let form = housing().form;
    let error_for = |path: &str, value: &str| {
        let found = field_errors(&form, &with(&valid_housing(), &[(path, value)]));
        assert_eq!(found.len(), 1, "{path} = {value}: {found:?}");
        assert_eq!(found[0].0, path, "{value}");
        found[0].1.clone()
    };
    assert_eq!(error_for("applicant.name", ""), FieldErrorKind::Required);
    assert_eq!(error_for("applicant.name", "李"), FieldErrorKind::TooShort { min: 2 });
    assert_eq!(error_for("applicant.resident_id", "11010519491231002"), FieldErrorKind::ResidentIdFormat);
    assert_eq!(error_for("members.1.resident_id", "110105194912310021"), FieldErrorKind::ResidentIdCheckDigit);
    assert_eq!(error_for("members.1.relation_other", ""), FieldErrorKind::Required);
    assert_eq!(error_for("phone", "123"), FieldErrorKind::NotAPhone);
    assert_eq!(error_for("marital", "it is complicated"), FieldErrorKind::NotAnOption);
    assert_eq!(error_for("monthly_income", "plenty"), FieldErrorKind::NotANumber);
    assert_eq!(error_for("monthly_income", "￥1,000.005"), FieldErrorKind::TooManyDecimals { max: 2 });
    assert_eq!(error_for("monthly_income", "-0.01"), FieldErrorKind::BelowLeast { least: "0.00".to_owned() });
    assert_eq!(error_for("monthly_income", "1000000.01"), FieldErrorKind::AboveMost { most: "1000000.00".to_owned() });
    assert_eq!(error_for("home.district", "110101"), FieldErrorKind::NotAnOption);
    assert_eq!(error_for("home_area", "0.5"), FieldErrorKind::BelowLeast { least: "1".to_owned() });
    assert_eq!(error_for("home_area", "10.55"), FieldErrorKind::TooManyDecimals { max: 1 });
    assert_eq!(error_for("needs", "yacht"), FieldErrorKind::NotAnOption);
    assert_eq!(error_for("remarks", &"长".repeat(501)), FieldErrorKind::TooLong { max: 500 });
    assert_eq!(error_for("truth", "no"), FieldErrorKind::MustAccept);
    assert_eq!(error_for("truth", ""), FieldErrorKind::MustAccept);
    assert_eq!(error_for("income_proof", "../../etc/passwd"), FieldErrorKind::Unknown);
    assert_eq!(error_for("nobody_asked", "x"), FieldErrorKind::Unknown);

    let form = allowance().form;
    let errors_for_birth = |value: &str| field_errors(&form, &with(&valid_allowance(), &[("born_on", value)]));
    assert_eq!(errors_for_birth("2026-02-30"), [("born_on".to_owned(), FieldErrorKind::NotADate)]);
    assert_eq!(
        errors_for_birth("2026-06-02"),
        [("born_on".to_owned(), FieldErrorKind::DateAfter { last: "2026-06-01".to_owned() })]
    );
    assert_eq!(
        errors_for_birth("1896-05-31"),
        [("born_on".to_owned(), FieldErrorKind::DateBefore { first: "1896-06-01".to_owned() })]
    );
    for staff in ["4.5", "four"] {
        let wrong = field_errors(&hygiene().form, &with(&valid_hygiene(), &[("staff", staff)]));
        assert_eq!(wrong, [("staff".to_owned(), FieldErrorKind::NotAWholeNumber)], "{staff}");
    }
    let bank = with(&valid_allowance(), &[("bank_account", "12")]);
    assert_eq!(field_errors(&form, &bank), [("bank_account".to_owned(), FieldErrorKind::NotABankAccount)]);
}

#[test]
fn the_first_input_of_a_group_is_that_of_its_first_part() {
    let (housing, hygiene) = (housing().form, hygiene().form);
    for (form, path, first) in [
        (&housing, "home", "home.district"),
        (&housing, "applicant", "applicant.name"),
        (&housing, "members", "members"),
        (&housing, "members.1.name", "members.1.name"),
        (&housing, "home_area", "home_area"),
        (&hygiene, "responsible", "responsible.name"),
        (&hygiene, "premises", "premises.district"),
    ] {
        assert_eq!(form.first_input(path), first);
    }
    let mut rows = housing;
    let members = rows.pages.iter_mut().flat_map(|p| &mut p.fields).find(|f| f.id == "members").unwrap();
    members.fields.iter_mut().find(|f| f.id == "name").unwrap().kind = Kind::Person;
    assert_eq!(rows.first_input("members.2.name"), "members.2.name.name");
}

#[test]
fn too_many_rows_and_uploads_are_reported() {
    let form = housing().form;
    let mut too_many_rows = valid_housing();
    for row in 0..9 {
        let base = format!("members.{row}");
        too_many_rows = with(&too_many_rows, &[(&format!("{base}.name"), "张三"), (&format!("{base}.resident_id"), &id(7))]);
        too_many_rows = with(&too_many_rows, &[(&format!("{base}.relation"), "child"), (&format!("{base}.income"), "0")]);
    }
    assert_eq!(field_errors(&form, &too_many_rows), [("members".to_owned(), FieldErrorKind::TooMany { max: 8 })]);
    let mut two_photos = valid_allowance();
    two_photos.set("photo", [UPLOAD.to_owned(), UPLOAD.replace('8', "9")]);
    assert_eq!(field_errors(&allowance().form, &two_photos), [("photo".to_owned(), FieldErrorKind::TooMany { max: 1 })]);
}

#[test]
fn hidden_fields_are_neither_validated_nor_submitted() {
    let form = housing().form;
    let home_owner = with(&valid_housing(), &[("home_kind", "own")]);
    assert_eq!(field_errors(&form, &home_owner), []);
    let submitted = form.visible(&home_owner);
    assert!(!submitted.has("rent") && !submitted.has("lease") && home_owner.has("rent"));
    // Inside a row, the condition refers to the same row.
    let spouse = with(&valid_housing(), &[("members.1.relation", "spouse")]);
    assert!(!form.visible(&spouse).has("members.1.relation_other"));
    let self_applied = with(&valid_allowance(), &[("relation", "child")]);
    assert!(!allowance().form.visible(&self_applied).has("relation"));
}

#[test]
fn a_posted_page_replaces_only_its_own_answers() {
    let form = housing().form;
    let posted = answers(&[
        ("members.4.name", "赵 六"),
        ("members.4.income", "￥1,000"),
        ("members.2.name", "钱七"),
        ("rent", "1"),
        ("nonsense", "1"),
    ]);
    let after = draft::take_page(&form, "members", &valid_housing(), &posted);
    assert_eq!(after.rows("members"), [0, 1]);
    assert_eq!(after.one("members.0.name"), "钱七");
    assert_eq!(after.one("members.1.income"), "1000.00");
    assert_eq!(after.one("rent"), "900.00");
    assert!(!after.has("nonsense") && !after.has("members.0.relation"));
    // Uploads stay: they are changed only by their own requests.
    let after = draft::take_page(&form, "material", &valid_housing(), &answers(&[("lease", "forged")]));
    assert_eq!(after.one("lease"), UPLOAD);
    let after = draft::remove_row(&form, &valid_housing(), "members", 0);
    assert_eq!((after.rows("members").len(), after.one("members.0.name")), (1, "李老"));
}

fn facts(pairs: &[(&str, &str)]) -> Facts {
    let fact = |(key, value): &(&str, &str)| Fact {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
        agency: Bilingual::new("武汉市公安局", "Wuhan Public Security Bureau"),
        as_of: date(2026, 1, 1),
    };
    pairs.iter().map(fact).collect()
}

#[test]
fn bound_fields_are_prefilled_and_name_the_origin_of_their_values() {
    let form = allowance().form;
    let register_facts = facts(&[
        ("person.name", "王秀英"),
        ("person.born_on", "1940-05-01"),
        ("person.address.district", "420106"),
        ("person.address.street", "水果湖街道"),
        ("person.phone", "13800000000"),
    ]);
    let filled = draft::prefill(&form, &answers(&[("phone", "13900000000")]), &register_facts);
    assert_eq!((filled.one("name"), filled.one("address.district"), filled.one("phone")), ("王秀英", "420106", "13900000000"));
    assert!(!filled.has("address.detail") && !filled.has("resident_id"));
    let origin = |path: &str| {
        let (field, part) = form.find(path).unwrap();
        draft::origin(field, part.unwrap(), path, &filled, &register_facts)
    };
    assert!(matches!(origin("name"), Origin::Register { .. }));
    assert!(matches!(origin("phone"), Origin::Disputed { .. }));
    assert!(matches!(origin("bank"), Origin::SelfDeclared));
    let outside_the_city = draft::prefill(&form, &Answers::default(), &facts(&[("person.address.district", "110101")]));
    assert!(outside_the_city.is_empty());
}

#[test]
fn a_correction_changes_only_the_requested_fields() {
    let form = housing().form;
    let before = valid_housing();
    let requested = strings(&["members.1.income"]);
    let after = restrict(&form, &before, &answers(&[("members.1.income", "1,300")]), &requested).unwrap();
    let changes = changed(&before, &after);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].path.as_str(), &changes[0].old[..], &changes[0].new[..]),
        ("members.1.income", &["1200.50".to_owned()][..], &["1300.00".to_owned()][..])
    );
    // The whole form may be posted if the other answers are unchanged.
    assert_eq!(restrict(&form, &before, &with(&before, &[("members.1.income", "1300")]), &requested), Ok(after));
    let refused = restrict(&form, &before, &answers(&[("members.0.income", "1"), ("phone", "1")]), &requested);
    let not_asked_error = |path: &str| FieldError { field: path.to_owned(), kind: FieldErrorKind::NotAsked };
    assert_eq!(refused, Err(vec![not_asked_error("members.0.income"), not_asked_error("phone")]));
    // A requested answer that is not posted is removed, and validation reports it as missing.
    let without_answer = restrict(&form, &before, &Answers::default(), &requested).unwrap();
    assert_eq!(validate_fields(&form, &requested, &without_answer, TODAY).len(), 1);
}

#[test]
fn a_correction_may_answer_fields_that_it_makes_visible() {
    let form = housing().form;
    let before = form.visible(&with(&valid_housing(), &[("home_kind", "own")]));
    let requested = strings(&["home_kind"]);
    assert_eq!(open_fields(&form, &requested), ["home_kind", "rent", "lease"]);
    let corrected = answers(&[("home_kind", "rented"), ("rent", "800"), ("lease", UPLOAD)]);
    let after = restrict(&form, &before, &corrected, &requested).unwrap();
    assert_eq!(field_errors(&form, &after), []);
    assert_eq!(open_fields(&form, &strings(&["members.0.relation"])), ["members.0.relation", "members.0.relation_other"]);
}

#[test]
fn a_draft_is_migrated_to_a_new_form_and_the_changes_are_listed() {
    let old = housing().form;
    let mut new = old.clone();
    let fields = &mut new.pages[0].fields;
    fields[2].options.remove(1); // married
    fields[1].kind = Kind::Email;
    let mut fresh = fields[2].clone();
    fresh.id = "education".to_owned();
    fields.push(fresh);
    new.pages[1].fields[0].fields.remove(4); // income of a member
    let (after, changes) = draft::carry(&old, &new, &valid_housing());
    let fate = |path: &str| changes.iter().find(|c| c.path == path).map(|c| c.fate);
    assert_eq!(fate("marital"), Some(FieldChange::Differs));
    assert_eq!(fate("phone"), Some(FieldChange::Differs));
    assert_eq!(fate("education"), Some(FieldChange::New));
    assert_eq!(fate("members.1.income"), Some(FieldChange::Gone));
    assert_eq!(changes.len(), 5);
    assert_eq!(after.one("members.1.name"), "李老");
    assert!(changes.iter().any(|c| c.label.zh == "家庭成员 2：月收入（元）"), "{changes:?}");
    assert_eq!(draft::carry(&old, &old, &valid_housing()), (valid_housing(), Vec::new()));
}

#[test]
fn answers_are_formatted_for_display() {
    let form = housing().form;
    let valid = valid_housing();
    let show = |path: &str, lang| {
        let (field, _) = form.find(path).unwrap();
        display::display(field, path, &valid, lang, Masking::Masked)
    };
    assert_eq!(show("home", Lang::Zh), "洪山区 关山街道 示例路 2 号");
    assert_eq!(show("members", Lang::En), "2 entered");
    assert_eq!(show("needs", Lang::Zh), "有 60 周岁以上老人、有重大疾病患者");
    assert_eq!(show("monthly_income", Lang::Zh), "3,000 元");
    assert_eq!(show("members.1.income", Lang::En), "1,200.50 yuan");
    assert_eq!(show("home_area", Lang::Zh), "38.5 平方米");
    assert_eq!(show("lease", Lang::En), "Files: 1");
    assert!(!show("applicant", Lang::Zh).contains(&id(3)));
    assert!(!show("phone", Lang::Zh).contains(&phone()));
    assert_eq!(shared::dates::date_text("2026-01-31", Lang::En), "31 January 2026");
    assert_eq!(shared::dates::date_text("2026-01-31", Lang::Zh), "2026年1月31日");
    assert_eq!(display::money(-123_456_700, Lang::Zh), "-1,234,567 元");
    assert_eq!(display::label(&form, "members.0.name", Lang::En), "Member 1: Name");
    assert_eq!(display::label(&form, "home.district", Lang::Zh), "现住址：区");
    assert_eq!(shared::masking::mask_value("someone@example.cn"), "s******@example.cn");
}

#[test]
fn an_application_is_routed_to_the_district_in_its_answers() {
    for (item, valid, organisation) in [
        (allowance(), valid_allowance(), "civil-affairs-420106"),
        (housing(), valid_housing(), "housing-420111"),
        (hygiene(), valid_hygiene(), "health-420102"),
    ] {
        assert_eq!(route(&item.routing, &valid).unwrap().organisation, organisation);
        let fallback = route(&item.routing, &Answers::default()).unwrap();
        assert_eq!((fallback.organisation.as_str(), fallback.rule.as_str()), (item.department.as_str(), "city"));
    }
}

#[test]
fn relative_date_limits_are_parsed() {
    assert_eq!(date_limit("today-18y", date(2024, 2, 29)), Some(date(2006, 2, 28)));
    assert_eq!(date_limit("today+30d", TODAY), Some(date(2026, 7, 1)));
    for bad in ["", "todayy", "today-", "today-y", "today--1y", "today+999999999999d", "today-1w", "2026-1-1"] {
        assert_eq!(date_limit(bad, TODAY), None, "{bad}");
    }
}

/// Answers with paths of the forms, similar paths and random ones; the values likewise.
fn any_answers() -> impl Strategy<Value = Answers> {
    let paths = prop_oneof![
        prop::sample::select(vec![
            "applicant",
            "relation",
            "applicant.name",
            "applicant.resident_id",
            "members",
            "members.0.name",
            "members.0.relation",
            "members.0.relation_other",
            "members.3.relation",
            "members.3.relation_other",
            "members.65535.income",
            "members.0",
            "home_kind",
            "rent",
            "lease",
            "home.district",
            "home",
            "monthly_income",
            "home_area",
            "needs",
            "truth",
            "phone",
            "remarks",
            "central_air",
            "air_report",
            "type",
            "born_on",
            "address.district",
            "income_proof",
            "uscc",
            "bank_account",
        ])
        .prop_map(str::to_owned),
        "[a-z.0-9]{1,12}",
    ];
    let values = prop_oneof![
        prop::sample::select(vec![
            "self",
            "family",
            "other",
            "rented",
            "own",
            "yes",
            "no",
            "420106",
            "1200.50",
            "2026-01-31",
            UPLOAD
        ])
        .prop_map(str::to_owned),
        "\\PC{0,20}",
        "[0-9.,年月日X-]{0,20}",
    ];
    prop::collection::vec((paths, values), 0..40).prop_map(|pairs| Answers::from_pairs(pairs).unwrap())
}

proptest! {
    #[test]
    fn no_input_panics_and_no_hidden_answer_is_submitted(typed in any_answers(), other in any_answers()) {
        for item in [allowance(), housing(), hygiene()] {
            let form = &item.form;
            let submitted = form.visible(&typed);
            prop_assert_eq!(&form.visible(&submitted), &submitted);
            let shown: Vec<String> = form.shown(&typed).into_iter().map(|s| s.path).collect();
            for (path, values) in submitted.iter() {
                prop_assert!(shown.iter().any(|s| is_at_or_below(path, s)), "{} was submitted although hidden", path);
                prop_assert!(!display::display_at(form, path, values, Lang::En, Masking::Full).is_empty());
                prop_assert!(!display::label(form, path, Lang::Zh).is_empty());
            }
            // Every kind names a field of the form, or a path that the form does not have.
            for error in validate_all(form, &typed, TODAY) {
                prop_assert!(form.find(&error.field).is_some() || error.kind == FieldErrorKind::Unknown);
            }
            for page in &form.pages {
                let after = draft::take_page(form, &page.id, &typed, &other);
                let changes = changed(&draft::compact(form, &typed), &after);
                for change in changes {
                    prop_assert!(page.fields.iter().any(|f| is_at_or_below(&change.path, &f.id)), "{:?}", change);
                }
            }
            let (carried, _) = draft::carry(form, &housing().form, &typed);
            prop_assert!(carried.iter().all(|(path, values)| typed.all(path) == values));
            prop_assert!(route(&item.routing, &typed).is_some_and(|target| target.organisation.starts_with(&item.department)));
        }
    }

    #[test]
    fn a_correction_never_changes_fields_that_are_not_open(
        typed in any_answers(),
        corrected in any_answers(),
        requested in prop::collection::vec(prop::sample::select(vec!["home_kind", "members.0.relation", "members", "home", "phone", "rent"]), 1..3),
    ) {
        let form = housing().form;
        let before = form.visible(&draft::compact(&form, &typed));
        let before = form.visible(&draft::compact(&form, &before));
        let requested = strings(&requested);
        let open = open_fields(&form, &requested);
        match restrict(&form, &before, &corrected, &requested) {
            Ok(after) => for change in changed(&before, &after) {
                prop_assert!(open.iter().any(|o| is_at_or_below(&change.path, o)), "{:?} of {:?}", change, open);
            },
            Err(errors) => prop_assert!(errors.iter().all(|e| !open.iter().any(|o| is_at_or_below(&e.field, o)))),
        }
    }
}
