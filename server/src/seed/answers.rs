//! Answers of the demo applicants: known facts stay, the rest comes from a table per item and else from the kind of the
//! field.

use super::block::{Block, Resident};
use shared::{
    account::demo,
    registry::status::ResidentStatus,
    services::{
        Answers, Item, Kind,
        form::{ADDRESS, Field, Part, YES},
    },
};

/// Scripted answers of an application for one item.
#[derive(Debug)]
pub(super) struct ScriptedAnswer {
    /// The item.
    pub(super) item: &'static str,
    /// Whether a person of this age applies.
    pub(super) eligible_age: fn(i16) -> bool,
    /// Whether a person may apply more than once.
    pub(super) repeatable: bool,
    /// Path and answer; `{name}` is replaced by the applicant's name.
    answers: &'static [(&'static str, &'static str)],
    /// The correction that is requested: path, note, new answer.
    pub(super) correction: (&'static str, &'static str, &'static str),
}

/// The scripted items of the catalogue.
#[rustfmt::skip]
pub(super) const SCRIPTED_ANSWERS: &[ScriptedAnswer] = &[
    ScriptedAnswer {
        item: "old-age-allowance",
        eligible_age: |age| age >= 80,
        repeatable: false,
        answers: &[("applicant", "self"), ("bank", "中国农业银行武汉分行")],
        correction: ("bank_account", "账号与老人姓名不一致，请核对后重填。", "0000420120990001"),
    },
    ScriptedAnswer {
        item: "public-place-hygiene-permit",
        eligible_age: |age| (25..65).contains(&age),
        repeatable: true,
        answers: &[
            ("operator_name", "{name}美发工作室"), ("premises_name", "{name}美发"), ("type", "hair"), ("floor_area", "68"),
            ("staff", "4"), ("central_air", "no"), ("contact_name", "{name}"),
        ],
        correction: ("floor_area", "面积与平面图上标注的不一致，请核对。", "86.5"),
    },
    ScriptedAnswer {
        item: "public-rental-housing",
        eligible_age: |age| (25..65).contains(&age),
        repeatable: false,
        answers: &[
            ("marital", "married"), ("monthly_income", "3200.00"), ("home_kind", "rented"), ("home_area", "48.5"),
            ("rent", "1500.00"),
        ],
        correction: ("monthly_income", "请填写最近三个月的平均收入，并与工资条一致。", "2860.00"),
    },
];

/// Fills in the form, except files, which are uploaded. `begun` has the prefilled answers; `serial` makes credit codes and
/// bank accounts differ.
pub(super) fn fill(script: &ScriptedAnswer, item: &Item, begun: &Answers, who: &Resident, block: &Block, serial: u32) -> Answers {
    let mut answers = begun.clone();
    for (path, value) in script.answers {
        answers.set(path, [value.replace("{name}", &who.name)]);
    }
    if item.form.find("members").is_some_and(|(f, _)| f.kind == Kind::Repeat) {
        members(&mut answers, who, block);
    }
    // An answer may reveal further fields; three rounds reach every depth in use.
    for _ in 0..3 {
        let shown: Vec<(Field, String)> = item.form.shown(&answers).into_iter().map(|s| (s.field.clone(), s.path)).collect();
        for (field, path) in shown.iter().filter(|(f, _)| f.required) {
            for (part, path) in field.at(path) {
                if !answers.has(&path) {
                    answers.set(&path, default_answer(field, part, who, serial));
                }
            }
        }
    }
    answers
}

/// Adds the other members of the applicant's household.
fn members(answers: &mut Answers, who: &Resident, block: &Block) {
    let others = block
        .residents
        .iter()
        .filter(|r| r.household == who.household && r.id != who.id && r.status == ResidentStatus::Alive)
        .take(4);
    for (row, other) in others.enumerate() {
        let relation = match other.household_role {
            "配偶" => "spouse",
            "子" | "女" => "child",
            _ => "other",
        };
        let income = if other.age() >= 18 { "1800.00" } else { "0.00" };
        let cells =
            [("name", other.name.as_str()), ("resident_id", other.id.as_str()), ("relation", relation), ("income", income)];
        for (cell, value) in cells {
            answers.set(&format!("members.{row}.{cell}"), [value.to_owned()]);
        }
        if relation == "other" {
            answers.set(&format!("members.{row}.relation_other"), ["家人".to_owned()]);
        }
    }
}

/// The default answer for a field by its kind; empty for files.
fn default_answer(field: &Field, part: &Part, who: &Resident, serial: u32) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    if field.kind == Kind::Address {
        let [_, street, detail] = ADDRESS else { return Vec::new() };
        return match part.id {
            id if id == street.id => one(who.home.street),
            id if id == detail.id => one(&who.home.address),
            _ => one(who.home.district.code),
        };
    }
    match part.kind {
        Kind::ShortText if field.kind == Kind::Person => one(&who.name),
        Kind::ShortText | Kind::LongText => one("如实填写"),
        Kind::Number => vec![field.min.unwrap_or(1).to_string()],
        Kind::Money => one("1200.00"),
        Kind::Date => vec![who.id.born_on().to_string()],
        Kind::YesNo => one("no"),
        Kind::OneOf | Kind::SomeOf => field.options.first().map(|o| o.value.clone()).into_iter().collect(),
        Kind::District => one(who.home.district.code),
        Kind::ResidentId => one(who.id.as_str()),
        Kind::Uscc => demo::uscc(serial).map(|c| c.as_str().to_owned()).into_iter().collect(),
        Kind::Phone => who.phone.as_ref().map(|p| p.as_str().to_owned()).into_iter().collect(),
        Kind::Email => demo::email(&format!("applicant{serial}")).map(|e| e.as_str().to_owned()).into_iter().collect(),
        // No bank card begins with 0 (ISO/IEC 7812-1: reserved for future assignments).
        Kind::BankAccount => vec![format!("0000{}{serial:06}", demo::REGION)],
        Kind::Declaration => one(YES),
        Kind::Address | Kind::Person | Kind::Repeat | Kind::File => Vec::new(),
    }
}
