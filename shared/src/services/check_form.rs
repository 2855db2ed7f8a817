//! Checks of the form of an item: keys that fit their kinds, conditions on earlier fields, known facts.

use super::{
    condition::Condition,
    faults::Faults,
    form::{Field, Kind, NO, Part, YES},
    item::Item,
    validate::date_limit,
};
use crate::registry::facts::{self, FactKind};
use jiff::civil::Date;

/// Limits that a kind knows; any other key on its field is a fault.
#[rustfmt::skip]
const KEYS: &[(Kind, &[&str])] = &[
    (Kind::ShortText,   &["min", "max"]),
    (Kind::LongText,    &["min", "max"]),
    (Kind::Number,      &["min", "max", "decimals", "unit"]),
    (Kind::Money,       &["min", "max"]),
    (Kind::Date,        &["earliest", "latest"]),
    (Kind::YesNo,       &[]),
    (Kind::OneOf,       &["options"]),
    (Kind::SomeOf,      &["min", "max", "options"]),
    (Kind::District,    &[]),
    (Kind::Address,     &[]),
    (Kind::ResidentId,  &[]),
    (Kind::Uscc,        &[]),
    (Kind::Phone,       &[]),
    (Kind::Email,       &[]),
    (Kind::BankAccount, &[]),
    (Kind::Person,      &[]),
    (Kind::Repeat,      &["min", "max", "fields"]),
    (Kind::File,        &["min", "max", "material"]),
    (Kind::Declaration, &[]),
];

/// Most uploads of one field.
const MOST_FILES: i64 = 10;
/// Most rows of a repeated block.
const MOST_ROWS: i64 = 20;
/// Longest text of a field, in characters.
const MOST_CHARS: i64 = 5_000;
/// Any day, to check that date limits can be read.
const ANY_DAY: Date = Date::constant(2026, 1, 1);

impl Item {
    pub(super) fn check_form(&self, faults: &mut Faults) {
        faults.some("form.pages", &self.form.pages);
        faults.unique("form.pages", self.form.pages.iter().map(|p| p.id.as_str()));
        faults.unique("form", self.form.pages.iter().flat_map(|p| &p.fields).map(|f| f.id.as_str()));
        let mut before: Vec<&Field> = Vec::new();
        for (at, page) in self.form.pages.iter().enumerate() {
            let path = format!("form.pages[{at}]");
            faults.text(&format!("{path}.title"), &page.title);
            if let Some(hint) = &page.hint {
                faults.text(&format!("{path}.hint"), hint);
            }
            faults.some(&format!("{path}.fields"), &page.fields);
            check_condition(faults, &format!("{path}.show_if"), page.show_if.as_ref(), &before, &[]);
            for (at, field) in page.fields.iter().enumerate() {
                let path = format!("{path}.fields[{at}]");
                check_condition(faults, &format!("{path}.show_if"), field.show_if.as_ref(), &before, &[]);
                self.check_field(faults, &path, field);
                faults.unique(&format!("{path}.fields"), field.fields.iter().map(|f| f.id.as_str()));
                let mut siblings: Vec<&Field> = Vec::new();
                for (at, inner) in field.fields.iter().enumerate() {
                    let path = format!("{path}.fields[{at}]");
                    check_condition(faults, &format!("{path}.show_if"), inner.show_if.as_ref(), &before, &siblings);
                    self.check_field(faults, &path, inner);
                    let flat = !matches!(inner.kind, Kind::Repeat | Kind::File);
                    faults.unless(flat, &format!("{path}.kind"), "a row has no rows and no uploads of its own");
                    faults.unless(inner.fact.is_none(), &format!("{path}.fact"), "a row is of somebody else: no fact fits");
                    siblings.push(inner);
                }
                before.push(field);
            }
        }
    }

    fn check_field(&self, faults: &mut Faults, path: &str, field: &Field) {
        faults.text(&format!("{path}.label"), &field.label);
        for (key, text) in [("hint", &field.hint), ("unit", &field.unit)] {
            if let Some(text) = text {
                faults.text(&format!("{path}.{key}"), text);
            }
        }
        faults.unless(field.id.parse::<i64>().is_err(), &format!("{path}.id"), "must not be a number");
        let allowed = KEYS.iter().find(|(kind, _)| *kind == field.kind).map_or(&[][..], |(_, keys)| keys);
        let given = [
            ("min", field.min.is_some()),
            ("max", field.max.is_some()),
            ("decimals", field.decimals.is_some()),
            ("unit", field.unit.is_some()),
            ("earliest", field.earliest.is_some()),
            ("latest", field.latest.is_some()),
            ("options", !field.options.is_empty()),
            ("material", field.material.is_some()),
            ("fields", !field.fields.is_empty()),
        ];
        for (key, _) in given.iter().filter(|(key, given)| *given && !allowed.contains(key)) {
            faults.unless(false, &format!("{path}.{key}"), "means nothing for this kind");
        }
        for key in ["options", "material", "fields"].iter().filter(|k| allowed.contains(k)) {
            let there = given.iter().any(|(k, there)| k == key && *there);
            faults.unless(there, &format!("{path}.{key}"), "is needed for this kind");
        }
        check_limits(faults, path, field);
        faults.unique(&format!("{path}.options"), field.options.iter().map(|o| o.value.as_str()));
        for (at, option) in field.options.iter().enumerate() {
            faults.text(&format!("{path}.options[{at}].label"), &option.label);
        }
        if let Some(material) = &field.material {
            let known = self.material(material).is_some();
            faults.unless(known, &format!("{path}.material"), format!("`{material}` is not one of the materials"));
        }
        for part in field.parts() {
            if let Some(key) = field.fact_of(part) {
                let fits = facts::known(&key).is_some_and(|f| carries(f.kind, part));
                faults.unless(fits, &format!("{path}.fact"), format!("`{key}` is not a known fact of this kind"));
            }
        }
        faults.unless(field.fact.is_none() || field.kind != Kind::Repeat, &format!("{path}.fact"), "means nothing for this kind");
    }
}

fn check_limits(faults: &mut Faults, path: &str, field: &Field) {
    let most = match field.kind {
        Kind::File => MOST_FILES,
        Kind::Repeat => MOST_ROWS,
        Kind::ShortText | Kind::LongText => MOST_CHARS,
        Kind::SomeOf => i64::try_from(field.options.len()).unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    let counts = matches!(field.kind, Kind::File | Kind::Repeat | Kind::SomeOf | Kind::ShortText | Kind::LongText);
    let (min, max) = (field.min.unwrap_or(if counts { 0 } else { i64::MIN }), field.max.unwrap_or(most));
    faults.unless(min <= max, &format!("{path}.min"), "must not be more than max");
    faults.unless(max <= most, &format!("{path}.max"), format!("at most {most}"));
    faults.unless(!counts || min >= 0, &format!("{path}.min"), "counts from 0");
    faults.unless(!counts || max >= 1, &format!("{path}.max"), "at least 1");
    faults.unless(field.decimals.is_none_or(|d| d <= 4), &format!("{path}.decimals"), "at most 4");
    for (key, limit) in [("earliest", &field.earliest), ("latest", &field.latest)] {
        let read = limit.as_deref().is_none_or(|l| date_limit(l, ANY_DAY).is_some());
        faults.unless(read, &format!("{path}.{key}"), "is written 2020-01-01, today, today-120y or today+30d");
    }
    let day = |limit: &Option<String>| limit.as_deref().and_then(|l| date_limit(l, ANY_DAY));
    if let (Some(first), Some(last)) = (day(&field.earliest), day(&field.latest)) {
        faults.unless(first <= last, &format!("{path}.earliest"), "must not be after latest");
    }
}

/// Checks that a condition names earlier fields, so that visibility is decided in one pass, and possible values.
pub(super) fn check_condition(
    faults: &mut Faults,
    path: &str,
    condition: Option<&Condition>,
    before: &[&Field],
    siblings: &[&Field],
) {
    for (named, values) in condition.map(Condition::leaves).unwrap_or_default() {
        let (id, rest) = named.split_once('.').unwrap_or((named, ""));
        let field = siblings.iter().chain(before).find(|f| f.id == id);
        let Some(field) = field else {
            faults.unless(false, path, format!("`{named}` is not an earlier field"));
            continue;
        };
        let whole = rest.is_empty() && values.is_empty();
        let part = field.parts().iter().find(|p| p.id == rest);
        faults.unless(whole || part.is_some(), path, format!("`{named}` has no value of its own"));
        let possible = |value: &String| match part.map(|p| p.kind) {
            Some(Kind::OneOf | Kind::SomeOf) => field.options.iter().any(|o| o.value == *value),
            Some(Kind::YesNo) => value == YES || value == NO,
            Some(Kind::Declaration) => value == YES,
            Some(Kind::District) => crate::registry::districts::find(value).is_some(),
            _ => true,
        };
        for value in values.iter().filter(|v| !possible(v)) {
            faults.unless(false, path, format!("`{named}` never is `{value}`"));
        }
    }
}

/// Whether a fact of this kind can fill the part.
fn carries(fact: FactKind, part: &Part) -> bool {
    match fact {
        FactKind::Text => part.kind == Kind::ShortText,
        FactKind::Date => part.kind == Kind::Date,
        FactKind::Number => part.kind == Kind::Number,
        FactKind::ResidentId => part.kind == Kind::ResidentId,
        FactKind::Phone => part.kind == Kind::Phone,
        FactKind::District => part.kind == Kind::District,
        FactKind::Code => part.kind == Kind::OneOf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_keys() {
        for (kind, _) in KEYS {
            assert_eq!(KEYS.iter().filter(|(k, _)| k == kind).count(), 1);
        }
        assert_eq!(KEYS.len(), 19);
    }
}
