//! Corrections (补正): the open fields, the allowed changes, and the differences.

use super::{
    answers::{Answers, is_at_or_below},
    draft::number_rows,
    form::{Form, Kind, join},
};
use crate::problem::{FieldError, FieldErrorKind};
use crate::services::normalize::normalize_values;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One answer that differs between two sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Path of the field.
    pub path: String,
    /// The values before; empty where it was not answered.
    pub old: Vec<String>,
    /// The values now; empty where it is not answered any more.
    pub new: Vec<String>,
}

/// The differences by path, shown to staff as old and new value.
#[must_use]
pub fn changed(old: &Answers, new: &Answers) -> Vec<Change> {
    let paths: BTreeSet<&str> = old.iter().chain(new.iter()).map(|(path, _)| path).collect();
    let change = |path: &str| Change { path: path.to_owned(), old: old.all(path).to_vec(), new: new.all(path).to_vec() };
    paths.into_iter().map(change).filter(|c| c.old != c.new).collect()
}

/// The fields that are open when these are to be corrected: they, and those whose showing depends on them, since
/// a corrected answer may show a field that was hidden before.
#[must_use]
pub fn open_fields(form: &Form, asked: &[String]) -> Vec<String> {
    let mut open: Vec<String> = asked.to_vec();
    let touches = |open: &[String], path: &str| open.iter().any(|o| is_at_or_below(o, path) || is_at_or_below(path, o));
    for page in &form.pages {
        let by_page = page.show_if.as_ref().is_some_and(|c| c.leaves().iter().any(|(f, _)| touches(&open, f)));
        for field in &page.fields {
            let by_field = field.show_if.as_ref().is_some_and(|c| c.leaves().iter().any(|(f, _)| touches(&open, f)));
            if (by_page || by_field) && !open.contains(&field.id) {
                open.push(field.id.clone());
            }
            // Rows: a field of a row depends on a sibling of that row, or on a field of the form.
            let rows: BTreeSet<String> = open.iter().filter_map(|o| row_of(o, &field.id)).collect();
            for inner in &field.fields {
                for (named, _) in inner.show_if.as_ref().map(|c| c.leaves()).unwrap_or_default() {
                    let in_rows = rows.iter().filter(|row| touches(&open, &join(row, named)));
                    let mut more: Vec<String> = in_rows.map(|row| join(row, &inner.id)).collect();
                    let sibling = field.fields.iter().any(|f| named.split('.').next() == Some(f.id.as_str()));
                    if !sibling && touches(&open, named) {
                        more.push(field.id.clone());
                    }
                    for path in more {
                        if !open.contains(&path) {
                            open.push(path);
                        }
                    }
                }
            }
        }
    }
    open
}

/// The answers after a correction: those of the open fields from `corrected`, all others as they were.
///
/// `corrected` may hold the open fields alone or the whole form. A requested field that it does not
/// hold is cleared; a field that is open only because it depends on a requested one keeps its answer.
///
/// # Errors
/// [`FieldErrorKind::NotAsked`] for every path that differs without being open.
pub fn restrict(form: &Form, answers: &Answers, corrected: &Answers, asked: &[String]) -> Result<Answers, Vec<FieldError>> {
    let open = open_fields(form, asked);
    let is_open = |path: &str| open.iter().any(|o| is_at_or_below(path, o));
    let tidied = |path: &str, values: &[String]| match form.find(path) {
        Some((_, Some(part))) => normalize_values(part.kind, values),
        _ => values.to_vec(),
    };
    let not_asked = |(path, values): &(&str, &[String])| !is_open(path) && tidied(path, values) != answers.all(path);
    let errors: Vec<FieldError> = corrected
        .iter()
        .filter(not_asked)
        .map(|(path, _)| FieldError { field: path.to_owned(), kind: FieldErrorKind::NotAsked })
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut after = answers.clone();
    for path in asked {
        after.remove(path);
    }
    for (path, values) in corrected.iter().filter(|(path, _)| is_open(path)) {
        after.set(path, values.iter().cloned());
    }
    // Rows move up only where their block is open as a whole: in a closed one, a row is identified by its number.
    let blocks = form.pages.iter().flat_map(|p| &p.fields).filter(|f| f.kind == Kind::Repeat && open.contains(&f.id));
    for block in blocks {
        number_rows(&mut after, &block.id);
    }
    Ok(form.visible(&after))
}

/// `block.3` of `block.3.name`.
fn row_of(path: &str, block: &str) -> Option<String> {
    let index = path.strip_prefix(block)?.strip_prefix('.')?.split('.').next()?;
    Some(join(block, index))
}
