//! The form on its way: typed, kept, checked, corrected, carried; on the forms of the catalogue.
#![expect(clippy::unwrap_used, reason = "a test file: its functions that are no tests may stop, too")]

use jiff::civil::{Date, date};
use proptest::prelude::*;
use shared::{
    Bilingual, Complaint, FieldError, Lang,
    registry::{Fact, Facts},
    services::{
        Answers, Form, Item, Kind,
        answers::is_at_or_below,
        display::{self, Masking},
        draft::{self, Fate, Origin},
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

/// A number of the reserved demo range, so that no real person has it.
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

fn complaints(form: &Form, answers: &Answers) -> Vec<(String, Complaint)> {
    validate_all(form, answers, TODAY).into_iter().map(|e| (e.field, e.complaint)).collect()
}

#[test]
fn valid_answers_validate_and_are_sent_as_they_are() {
    for (item, valid) in [(allowance(), valid_allowance()), (housing(), valid_housing()), (hygiene(), valid_hygiene())] {
        assert_eq!(complaints(&item.form, &valid), [], "{}", item.code);
        assert_eq!(item.form.visible(&valid), valid, "{}", item.code);
        for page in &item.form.pages {
            assert_eq!(validate_page(&item.form, &page.id, &valid, TODAY), [], "{}", page.id);
        }
    }
}

#[test]
fn every_kind_complains_of_its_own_at_its_path() {
    let form = housing().form;
    let wrong = |path: &str, value: &str| {
        let found = complaints(&form, &with(&valid_housing(), &[(path, value)]));
        assert_eq!(found.len(), 1, "{path} = {value}: {found:?}");
        assert_eq!(found[0].0, path, "{value}");
        found[0].1.clone()
    };
    assert_eq!(wrong("applicant.name", ""), Complaint::Required);
    assert_eq!(wrong("applicant.name", "李"), Complaint::TooShort { min: 2 });
    assert_eq!(wrong("applicant.resident_id", "11010519491231002"), Complaint::ResidentIdFormat);
    assert_eq!(wrong("members.1.resident_id", "110105194912310021"), Complaint::ResidentIdCheckDigit);
    assert_eq!(wrong("members.1.relation_other", ""), Complaint::Required);
    assert_eq!(wrong("phone", "123"), Complaint::NotAPhone);
    assert_eq!(wrong("marital", "it is complicated"), Complaint::NotAnOption);
    assert_eq!(wrong("monthly_income", "plenty"), Complaint::NotANumber);
    assert_eq!(wrong("monthly_income", "-0.01"), Complaint::BelowLeast { least: "0.00".to_owned() });
    assert_eq!(wrong("monthly_income", "1000000.01"), Complaint::AboveMost { most: "1000000.00".to_owned() });
    assert_eq!(wrong("home.district", "110101"), Complaint::NotAnOption);
    assert_eq!(wrong("home_area", "0.5"), Complaint::BelowLeast { least: "1".to_owned() });
    assert_eq!(wrong("home_area", "10.55"), Complaint::NotANumber);
    assert_eq!(wrong("needs", "yacht"), Complaint::NotAnOption);
    assert_eq!(wrong("remarks", &"长".repeat(501)), Complaint::TooLong { max: 500 });
    assert_eq!(wrong("truth", "no"), Complaint::MustAccept);
    assert_eq!(wrong("truth", ""), Complaint::MustAccept);
    assert_eq!(wrong("income_proof", "../../etc/passwd"), Complaint::Unknown);
    assert_eq!(wrong("nobody_asked", "x"), Complaint::Unknown);

    let form = allowance().form;
    let born = |value: &str| complaints(&form, &with(&valid_allowance(), &[("born_on", value)]));
    assert_eq!(born("2026-02-30"), [("born_on".to_owned(), Complaint::NotADate)]);
    assert_eq!(born("2026-06-02"), [("born_on".to_owned(), Complaint::DateAfter { last: "2026-06-01".to_owned() })]);
    assert_eq!(born("1896-05-31"), [("born_on".to_owned(), Complaint::DateBefore { first: "1896-06-01".to_owned() })]);
    let bank = with(&valid_allowance(), &[("bank_account", "12")]);
    assert_eq!(complaints(&form, &bank), [("bank_account".to_owned(), Complaint::NotABankAccount)]);
}

#[test]
fn rows_and_uploads_are_counted() {
    let form = housing().form;
    let mut many = valid_housing();
    for row in 0..9 {
        let base = format!("members.{row}");
        many = with(&many, &[(&format!("{base}.name"), "张三"), (&format!("{base}.resident_id"), &id(7))]);
        many = with(&many, &[(&format!("{base}.relation"), "child"), (&format!("{base}.income"), "0")]);
    }
    assert_eq!(complaints(&form, &many), [("members".to_owned(), Complaint::TooMany { max: 8 })]);
    let mut photos = valid_allowance();
    photos.set("photo", [UPLOAD.to_owned(), UPLOAD.replace('8', "9")]);
    assert_eq!(complaints(&allowance().form, &photos), [("photo".to_owned(), Complaint::TooMany { max: 1 })]);
}

#[test]
fn what_is_hidden_is_not_asked_and_not_sent() {
    let form = housing().form;
    let owner = with(&valid_housing(), &[("home_kind", "own")]);
    assert_eq!(complaints(&form, &owner), []);
    let sent = form.visible(&owner);
    assert!(!sent.has("rent") && !sent.has("lease") && owner.has("rent"));
    // Inside a row the condition is of that row.
    let spouse = with(&valid_housing(), &[("members.1.relation", "spouse")]);
    assert!(!form.visible(&spouse).has("members.1.relation_other"));
    let without = with(&valid_allowance(), &[("relation", "child")]);
    assert!(!allowance().form.visible(&without).has("relation"));
}

#[test]
fn a_page_that_is_posted_replaces_its_own_answers_alone() {
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
    // Uploads stay: they come by their own door.
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
fn bound_fields_are_filled_and_say_what_they_rest_on() {
    let form = allowance().form;
    let known = facts(&[
        ("person.name", "王秀英"),
        ("person.born_on", "1940-05-01"),
        ("person.address.district", "420106"),
        ("person.address.street", "水果湖街道"),
        ("person.phone", "13800000000"),
    ]);
    let filled = draft::prefill(&form, &answers(&[("phone", "13900000000")]), &known);
    assert_eq!((filled.one("name"), filled.one("address.district"), filled.one("phone")), ("王秀英", "420106", "13900000000"));
    assert!(!filled.has("address.detail") && !filled.has("resident_id"));
    let origin = |path: &str| {
        let (field, part) = form.find(path).unwrap();
        draft::origin(field, part.unwrap(), path, &filled, &known)
    };
    assert!(matches!(origin("name"), Origin::Register { .. }));
    assert!(matches!(origin("phone"), Origin::Disputed { .. }));
    assert!(matches!(origin("bank"), Origin::SelfDeclared));
    let moved = draft::prefill(&form, &Answers::default(), &facts(&[("person.address.district", "110101")]));
    assert!(moved.is_empty());
}

#[test]
fn a_correction_changes_what_was_asked_and_nothing_else() {
    let form = housing().form;
    let before = valid_housing();
    let asked = strings(&["members.1.income"]);
    let after = restrict(&form, &before, &answers(&[("members.1.income", "1,300")]), &asked).unwrap();
    let change = changed(&before, &after);
    assert_eq!(change.len(), 1);
    assert_eq!(
        (change[0].path.as_str(), &change[0].old[..], &change[0].new[..]),
        ("members.1.income", &["1200.50".to_owned()][..], &["1300.00".to_owned()][..])
    );
    // The whole form may come back, if the rest is as it was.
    assert_eq!(restrict(&form, &before, &with(&before, &[("members.1.income", "1300")]), &asked), Ok(after));
    let refused = restrict(&form, &before, &answers(&[("members.0.income", "1"), ("phone", "1")]), &asked);
    let not_asked = |path: &str| FieldError { field: path.to_owned(), complaint: Complaint::NotAsked };
    assert_eq!(refused, Err(vec![not_asked("members.0.income"), not_asked("phone")]));
    // Not given at all: taken back, and then it is missing.
    let blank = restrict(&form, &before, &Answers::default(), &asked).unwrap();
    assert_eq!(validate_fields(&form, &asked, &blank, TODAY).len(), 1);
}

#[test]
fn a_correction_may_answer_what_it_brings_up() {
    let form = housing().form;
    let before = form.visible(&with(&valid_housing(), &[("home_kind", "own")]));
    let asked = strings(&["home_kind"]);
    assert_eq!(open_fields(&form, &asked), ["home_kind", "rent", "lease"]);
    let corrected = answers(&[("home_kind", "rented"), ("rent", "800"), ("lease", UPLOAD)]);
    let after = restrict(&form, &before, &corrected, &asked).unwrap();
    assert_eq!(complaints(&form, &after), []);
    assert_eq!(open_fields(&form, &strings(&["members.0.relation"])), ["members.0.relation", "members.0.relation_other"]);
}

#[test]
fn a_draft_is_carried_and_told_what_changed() {
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
    assert_eq!(fate("marital"), Some(Fate::Differs));
    assert_eq!(fate("phone"), Some(Fate::Differs));
    assert_eq!(fate("education"), Some(Fate::New));
    assert_eq!(fate("members.1.income"), Some(Fate::Gone));
    assert_eq!(changes.len(), 5);
    assert_eq!(after.one("members.1.name"), "李老");
    assert!(changes.iter().any(|c| c.label.zh == "家庭成员 2：月收入（元）"), "{changes:?}");
    assert_eq!(draft::carry(&old, &old, &valid_housing()), (valid_housing(), Vec::new()));
}

#[test]
fn answers_are_shown_in_words() {
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
fn it_goes_to_the_district_that_was_answered() {
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
fn date_limits_are_read() {
    assert_eq!(date_limit("today-18y", date(2024, 2, 29)), Some(date(2006, 2, 28)));
    assert_eq!(date_limit("today+30d", TODAY), Some(date(2026, 7, 1)));
    for bad in ["", "todayy", "today-", "today-y", "today--1y", "today+999999999999d", "today-1w", "2026-1-1"] {
        assert_eq!(date_limit(bad, TODAY), None, "{bad}");
    }
}

/// Paths that the forms ask, paths that look like them, and noise; values likewise.
fn anything() -> impl Strategy<Value = Answers> {
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
    fn no_input_makes_it_stop_and_nothing_hidden_is_sent(typed in anything(), other in anything()) {
        for item in [allowance(), housing(), hygiene()] {
            let form = &item.form;
            let sent = form.visible(&typed);
            prop_assert_eq!(&form.visible(&sent), &sent);
            let shown: Vec<String> = form.shown(&typed).into_iter().map(|s| s.path).collect();
            for (path, values) in sent.iter() {
                prop_assert!(shown.iter().any(|s| is_at_or_below(path, s)), "{} was sent unseen", path);
                prop_assert!(!display::display_at(form, path, values, Lang::En, Masking::Full).is_empty());
                prop_assert!(!display::label(form, path, Lang::Zh).is_empty());
            }
            // Every complaint names something that can be pointed at, or something that nobody asked for.
            for error in validate_all(form, &typed, TODAY) {
                prop_assert!(form.find(&error.field).is_some() || error.complaint == Complaint::Unknown);
            }
            for page in &form.pages {
                let after = draft::take_page(form, &page.id, &typed, &other);
                let elsewhere = changed(&draft::compact(form, &typed), &after);
                for change in elsewhere {
                    prop_assert!(page.fields.iter().any(|f| is_at_or_below(&change.path, &f.id)), "{:?}", change);
                }
            }
            let (carried, _) = draft::carry(form, &housing().form, &typed);
            prop_assert!(carried.iter().all(|(path, values)| typed.all(path) == values));
            prop_assert!(route(&item.routing, &typed).is_some_and(|to| to.organisation.starts_with(&item.department)));
        }
    }

    #[test]
    fn a_correction_never_reaches_beyond_what_is_open(
        typed in anything(),
        corrected in anything(),
        asked in prop::collection::vec(prop::sample::select(vec!["home_kind", "members.0.relation", "members", "home", "phone", "rent"]), 1..3),
    ) {
        let form = housing().form;
        let before = form.visible(&draft::compact(&form, &typed));
        let before = form.visible(&draft::compact(&form, &before));
        let asked = strings(&asked);
        let open = open_fields(&form, &asked);
        match restrict(&form, &before, &corrected, &asked) {
            Ok(after) => for change in changed(&before, &after) {
                prop_assert!(open.iter().any(|o| is_at_or_below(&change.path, o)), "{:?} of {:?}", change, open);
            },
            Err(errors) => prop_assert!(errors.iter().all(|e| !open.iter().any(|o| is_at_or_below(&e.field, o)))),
        }
    }
}
