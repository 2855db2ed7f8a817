//! Consistency checks of an item beyond the schema. A catalogue file with a fault is not imported.

pub use super::faults::ItemFault;
use super::{
    check_form::check_condition,
    faults::{Faults, is_id},
    form::{Field, Kind},
    item::{Item, Origin},
    rule::Rule,
    themes,
};
use crate::registry::facts::{self, FactKind};
use std::collections::BTreeSet;

impl Item {
    /// All faults of the item; none if it can be published.
    #[must_use]
    pub fn check(&self) -> Vec<ItemFault> {
        let mut faults = Faults::default();
        self.check_head(&mut faults);
        self.check_law(&mut faults);
        self.check_conditions(&mut faults);
        self.check_materials(&mut faults);
        self.check_form(&mut faults);
        self.check_routing(&mut faults);
        faults.0
    }

    fn check_head(&self, faults: &mut Faults) {
        faults.unless(is_id(&self.code) && !self.code.contains('_'), "code", "lower-case words with hyphens");
        faults.unless(is_id(&self.department) && !self.department.contains('_'), "department", "lower-case words with hyphens");
        faults.unless(self.version >= 1, "version", "counts from 1");
        faults.unless(self.valid.until.is_none_or(|until| until > self.valid.from), "valid.until", "must be after valid.from");
        faults.text("name", &self.name);
        faults.text("summary", &self.summary);
        faults.text("department_name", &self.department_name);
        faults.text("result.name", &self.result.name);
        faults.source("result.source", &self.result.source);
        faults.some("themes", &self.themes);
        for theme in &self.themes {
            faults.unless(themes::theme_of(theme).is_some(), "themes", format!("`{theme}` is not a theme"));
        }
        for event in &self.life_events {
            faults.unless(themes::life_event_of(event).is_some(), "life_events", format!("`{event}` is not a life event"));
        }
        faults.unless(self.synonyms.iter().all(|s| !s.trim().is_empty()), "synonyms", "a blank one finds nothing");
        faults.unless(self.time.promised_days >= 1, "time.promised_days", "at least one working day");
        faults.unless(self.time.promised_days <= self.time.legal_days, "time.promised_days", "at most legal_days");
        faults.unless(self.time.legal_days <= 250, "time.legal_days", "at most a year of working days (250)");
        faults.source("time.source", &self.time.source);
        faults.unless(self.fee.fen >= 0, "fee.fen", "0 or more");
        faults.source("fee.source", &self.fee.source);
    }

    fn check_law(&self, faults: &mut Faults) {
        faults.some("legal_basis", &self.legal_basis);
        faults.unique("legal_basis", self.legal_basis.iter().map(|b| b.id.as_str()));
        for (at, basis) in self.legal_basis.iter().enumerate() {
            faults.text(&format!("legal_basis[{at}].title"), &basis.title);
            faults.text(&format!("legal_basis[{at}].clause"), &basis.clause);
            faults.source(&format!("legal_basis[{at}].source"), &basis.source);
        }
        faults.some("refusals", &self.refusals);
        faults.unique("refusals", self.refusals.iter().map(|r| r.code.as_str()));
        let bases: BTreeSet<&str> = self.legal_basis.iter().map(|b| b.id.as_str()).collect();
        let conditions: BTreeSet<&str> = self.conditions.iter().map(|c| c.id.as_str()).collect();
        faults.unless(bases.is_disjoint(&conditions), "conditions", "an id must not be that of a legal basis, too");
        for (at, refusal) in self.refusals.iter().enumerate() {
            faults.text(&format!("refusals[{at}].text"), &refusal.text);
            let known = bases.contains(refusal.basis.as_str()) || conditions.contains(refusal.basis.as_str());
            let message = format!("`{}` is no legal basis and no condition", refusal.basis);
            faults.unless(known, &format!("refusals[{at}].basis"), message);
        }
    }

    fn check_conditions(&self, faults: &mut Faults) {
        faults.some("conditions", &self.conditions);
        faults.unique("conditions", self.conditions.iter().map(|c| c.id.as_str()));
        for (at, condition) in self.conditions.iter().enumerate() {
            let path = format!("conditions[{at}]");
            faults.text(&format!("{path}.text"), &condition.text);
            faults.source(&format!("{path}.source"), &condition.source);
            match &condition.rule {
                Rule::Review(rule) => {
                    faults.unless(rule.review, &format!("{path}.rule.review"), "is true, or there is a fact and a test");
                    faults.text(&format!("{path}.rule.settle"), &rule.settle);
                }
                Rule::Fact(rule) => {
                    faults.text(&format!("{path}.rule.settle"), &rule.settle);
                    let row = facts::known(&rule.fact);
                    let message = format!("`{}` is not a known fact", rule.fact);
                    faults.unless(row.is_some(), &format!("{path}.rule.fact"), message);
                    let suits = row.is_none_or(|row| rule.test.suits(row.kind));
                    faults.unless(suits, &format!("{path}.rule.test"), "this fact can't be tested so");
                }
            }
        }
        let Some(benefit) = &self.benefit else { return };
        faults.text("benefit.title", &benefit.title);
        let is_date = facts::known(&benefit.fact).is_some_and(|f| f.kind == FactKind::Date);
        faults.unless(is_date, "benefit.fact", "must be a known fact that is a date");
        faults.some("benefit.rows", &benefit.rows);
        let mut free_from = Some(0);
        for (at, row) in benefit.rows.iter().enumerate() {
            let path = format!("benefit.rows[{at}]");
            faults.text(&format!("{path}.text"), &row.text);
            faults.source(&format!("{path}.source"), &row.source);
            faults.unless(row.fen_per_month > 0, &format!("{path}.fen_per_month"), "more than 0");
            faults.unless(
                free_from.is_some_and(|f| row.from_years >= f),
                &format!("{path}.from_years"),
                "overlaps the row before",
            );
            let ends_later = row.below_years.is_none_or(|below| below > row.from_years);
            faults.unless(ends_later, &format!("{path}.below_years"), "must be more than from_years");
            free_from = row.below_years;
        }
    }

    fn check_materials(&self, faults: &mut Faults) {
        faults.unique("materials", self.materials.iter().map(|m| m.id.as_str()));
        let fields: Vec<&Field> = self.form.pages.iter().flat_map(|p| &p.fields).collect();
        for (at, material) in self.materials.iter().enumerate() {
            let path = format!("materials[{at}]");
            faults.text(&format!("{path}.name"), &material.name);
            faults.source(&format!("{path}.source"), &material.source);
            if let Some(hint) = &material.hint {
                faults.text(&format!("{path}.hint"), hint);
            }
            faults.some(&format!("{path}.from"), &material.from);
            let asked = fields.iter().any(|f| f.material.as_ref() == Some(&material.id));
            let uploaded = material.from.contains(&Origin::Upload);
            faults.unless(asked == uploaded, &path, "is uploaded if and only if a field of the form takes it");
        }
    }

    fn check_routing(&self, faults: &mut Faults) {
        faults.unique("routing", self.routing.iter().map(|r| r.rule.as_str()));
        let fields: Vec<&Field> = self.form.pages.iter().flat_map(|p| &p.fields).collect();
        for (at, route) in self.routing.iter().enumerate() {
            let path = format!("routing[{at}]");
            check_condition(faults, &format!("{path}.when"), route.when.as_ref(), &fields, &[]);
            match route.placeholders() {
                None => faults.unless(false, &format!("{path}.to"), "a brace is not closed"),
                Some(named) => {
                    for name in named {
                        let district = matches!(self.form.find(name), Some((_, Some(p))) if p.kind == Kind::District);
                        faults.unless(district, &format!("{path}.to"), format!("`{name}` is not a field with a district"));
                    }
                }
            }
            let own = route.to.strip_prefix(&self.department).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            faults.unless(own, &format!("{path}.to"), "begins with the department's code");
        }
        let last = self.routing.last();
        let catches = last.is_some_and(|r| r.when.is_none() && r.placeholders().is_some_and(|p| p.is_empty()));
        faults.unless(catches, "routing", "the last rule must catch all: no `when`, no placeholder");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::condition::Condition as When;

    fn item() -> Item {
        Item::parse(include_str!("../../../server/catalogue/public-rental-housing.toml")).unwrap()
    }

    type Spoil = fn(&mut Item);

    /// What is spoiled, and the path that must be named.
    #[rustfmt::skip]
    const SPOILED: &[(&str, Spoil)] = &[
        ("code", |i| i.code = "Not A Code".to_owned()),
        ("version", |i| i.version = 0),
        ("valid.until", |i| i.valid.until = Some(i.valid.from)),
        ("name", |i| i.name.en.clear()),
        ("themes", |i| i.themes = vec!["gone".to_owned()]),
        ("life_events", |i| i.life_events = vec!["gone".to_owned()]),
        ("time.promised_days", |i| i.time.promised_days = i.time.legal_days + 1),
        ("fee.fen", |i| i.fee.fen = -1),
        ("legal_basis", |i| i.legal_basis.clear()),
        ("legal_basis", |i| i.legal_basis[1].id = i.legal_basis[0].id.clone()),
        ("refusals[0].basis", |i| i.refusals[0].basis = "gone".to_owned()),
        ("refusals[0].text", |i| i.refusals[0].text.zh.clear()),
        ("conditions[0].source", |i| i.conditions[0].source = crate::services::source::Source::Example(crate::services::source::Example { example: false })),
        ("conditions[0].rule.fact", |i| if let Rule::Fact(r) = &mut i.conditions[0].rule { r.fact = "person.shoe_size".to_owned() }),
        ("conditions[0].rule.test", |i| if let Rule::Fact(r) = &mut i.conditions[0].rule { r.fact = "person.name".to_owned() }),
        ("conditions[1].rule.review", |i| if let Rule::Review(r) = &mut i.conditions[1].rule { r.review = false }),
        ("materials[1]", |i| i.materials[1].from = vec![Origin::Register]),
        ("form.pages", |i| i.form.pages[1].id = i.form.pages[0].id.clone()),
        ("form", |i| i.form.pages[0].fields[1].id = i.form.pages[0].fields[0].id.clone()),
        ("form.pages[0].fields[0].fact", |i| i.form.pages[0].fields[0].fact = Some("person.address".to_owned())),
        ("form.pages[0].fields[2].options", |i| i.form.pages[0].fields[2].options.clear()),
        ("form.pages[0].fields[1].max", |i| i.form.pages[0].fields[1].max = Some(3)),
        ("form.pages[0].fields[3].min", |i| i.form.pages[0].fields[3].min = Some(i64::MAX)),
        ("form.pages[1].fields[0].fields[1].fact", |i| i.form.pages[1].fields[0].fields[1].fact = Some("person.resident_id".to_owned())),
        ("form.pages[1].fields[0].fields[0].show_if", |i| i.form.pages[1].fields[0].fields[0].show_if = Some(When::Is { field: "relation".to_owned(), is: "spouse".to_owned() })),
        ("form.pages[2].fields[3].show_if", |i| i.form.pages[2].fields[3].show_if = Some(When::Is { field: "home_kind".to_owned(), is: "castle".to_owned() })),
        ("form.pages[2].fields[3].show_if", |i| i.form.pages[2].fields[3].show_if = Some(When::Answered { field: "lease".to_owned(), answered: true })),
        ("form.pages[3].fields[0].material", |i| i.form.pages[3].fields[0].material = Some("gone".to_owned())),
        ("routing", |i| { i.routing.pop(); }),
        ("routing[0].to", |i| i.routing[0].to = "housing-{phone}".to_owned()),
        ("routing[0].to", |i| i.routing[0].to = "housing-{home.district".to_owned()),
        ("routing[0].to", |i| i.routing[0].to = "health-{home.district}".to_owned()),
    ];

    #[test]
    fn every_fault_is_found_and_named() {
        assert_eq!(item().check(), []);
        for (path, spoil) in SPOILED {
            let mut item = item();
            spoil(&mut item);
            let faults = item.check();
            assert!(faults.iter().any(|f| f.path == *path), "{path}: {faults:?}");
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_with_its_line() {
        let text = include_str!("../../../server/catalogue/old-age-allowance.toml").replace("visits = 0", "visit = 0");
        let error = Item::parse(&text).unwrap_err().to_string();
        assert!(error.contains("visit") && error.contains("line"), "{error}");
    }
}
