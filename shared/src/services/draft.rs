//! Drafts (草稿): merging a posted page, prefilling from the registers, and carrying a draft to a new version of the form.

use super::{
    answers::{Answers, is_at_or_below},
    display,
    form::{Field, Form, Kind, Part, join},
};
use crate::services::normalize::normalize_values;
use crate::{
    registry::{Facts, districts},
    texts::Bilingual,
    texts::Lang,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The draft after a page was posted: replaces the answers of the page and keeps all others, including those of hidden
/// fields, so that showing them again restores their answers. Uploads are not changed: they are added separately.
#[must_use]
pub fn take_page(form: &Form, page: &str, draft: &Answers, posted: &Answers) -> Answers {
    let mut after = draft.clone();
    let fields = form.page(page).map(|p| p.fields.as_slice()).unwrap_or_default();
    for field in fields.iter().filter(|f| f.kind != Kind::File) {
        after.remove(&field.id);
        for (path, values) in posted.iter().filter(|(path, _)| is_at_or_below(path, &field.id)) {
            if let Some((_, Some(part))) = form.find(path) {
                after.set(path, normalize_values(part.kind, values));
            }
        }
    }
    compact(form, &after)
}

/// The same answers with the rows of repeated blocks numbered without gaps.
#[must_use]
pub fn compact(form: &Form, answers: &Answers) -> Answers {
    let mut after = answers.clone();
    for block in form.pages.iter().flat_map(|p| &p.fields).filter(|f| f.kind == Kind::Repeat) {
        number_rows(&mut after, &block.id);
    }
    after
}

/// Numbers the rows of one repeated block without gaps.
pub(super) fn number_rows(answers: &mut Answers, block: &str) {
    let before = answers.clone();
    answers.remove(block);
    for (to, from) in before.rows(block).into_iter().enumerate() {
        let (from, to) = (join(block, &from.to_string()), join(block, &to.to_string()));
        for (path, values) in before.iter() {
            if let Some(rest) = path.strip_prefix(&from).filter(|rest| rest.starts_with('.')) {
                answers.set(&format!("{to}{rest}"), values.iter().cloned());
            }
        }
    }
}

/// The same answers without one row of a repeated block.
#[must_use]
pub fn remove_row(form: &Form, answers: &Answers, block: &str, row: u16) -> Answers {
    let mut after = answers.clone();
    after.remove(&join(block, &row.to_string()));
    compact(form, &after)
}

/// The draft with every bound field that is not answered filled from the facts. Done once, when a draft is begun:
/// repeated, it would restore answers that the applicant has removed.
#[must_use]
pub fn prefill(form: &Form, draft: &Answers, facts: &Facts) -> Answers {
    let mut after = draft.clone();
    for field in form.pages.iter().flat_map(|p| &p.fields).filter(|f| !draft.has(&f.id)) {
        for (part, path) in field.at(&field.id) {
            let fact = field.fact_of(part).and_then(|key| facts.get(&key));
            let values = fact.map(|f| normalize_values(part.kind, std::slice::from_ref(&f.value))).unwrap_or_default();
            // A value that is no option here, such as a district of another city, is left for the applicant.
            if fits(field, part, &values) {
                after.set(&path, values);
            }
        }
    }
    after
}

/// The origin of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Origin {
    /// The same as in the register.
    Register {
        /// The register's agency.
        agency: Bilingual,
        /// The date of the fact.
        as_of: Date,
    },
    /// Different from the register: the applicant disputes it, and their answer is used (本人填写).
    Disputed {
        /// The agency of the register, which corrects it.
        agency: Bilingual,
        /// The date of the fact.
        as_of: Date,
    },
    /// The applicant's own statement only (本人填写).
    SelfDeclared,
}

/// The origin of the answer at this path, by comparison with the fact that its part is bound to.
#[must_use]
pub fn origin(field: &Field, part: &Part, path: &str, answers: &Answers, facts: &Facts) -> Origin {
    let Some(fact) = field.fact_of(part).and_then(|key| facts.get(&key)) else { return Origin::SelfDeclared };
    let (agency, as_of) = (fact.agency.clone(), fact.as_of);
    if answers.all(path) == normalize_values(part.kind, std::slice::from_ref(&fact.value)) {
        Origin::Register { agency, as_of }
    } else {
        Origin::Disputed { agency, as_of }
    }
}

/// The change of a field in a new version of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldChange {
    /// Removed: its answer is dropped.
    Gone,
    /// Changed: its answer does not fit and is dropped.
    Differs,
    /// Added.
    New,
}

/// A changed field between two versions, shown to the applicant who continues a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Path of the field.
    pub path: String,
    /// Its name, as [`display::label`].
    pub label: Bilingual,
    /// Its change.
    pub fate: FieldChange,
}

/// Carries a draft to a new version of the form: returns the answers that still fit, and the changes.
#[must_use]
pub fn carry(old: &Form, new: &Form, answers: &Answers) -> (Answers, Vec<Carried>) {
    let carried = |form: &Form, path: &str, fate: FieldChange| Carried {
        path: path.to_owned(),
        label: Bilingual { zh: display::label(form, path, Lang::Zh), en: display::label(form, path, Lang::En) },
        fate,
    };
    let (mut after, mut changes) = (Answers::default(), Vec::new());
    for (path, values) in answers.iter() {
        match (old.find(path), new.find(path)) {
            (Some((was, Some(_))), Some((is, Some(part)))) if was.kind == is.kind && fits(is, part, values) => {
                after.set(path, values.iter().cloned());
            }
            (_, Some(_)) => changes.push(carried(new, path, FieldChange::Differs)),
            (Some(_), None) => changes.push(carried(old, path, FieldChange::Gone)),
            (None, None) => {}
        }
    }
    let newly = new.shown(&after).into_iter().filter(|s| old.find(&s.path).is_none());
    changes.extend(newly.map(|s| carried(new, &s.path, FieldChange::New)));
    (after, changes)
}

fn fits(field: &Field, part: &Part, values: &[String]) -> bool {
    match part.kind {
        Kind::OneOf | Kind::SomeOf => values.iter().all(|v| field.options.iter().any(|o| o.value == *v)),
        Kind::District => values.iter().all(|v| districts::find(v).is_some()),
        _ => true,
    }
}
