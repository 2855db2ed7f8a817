//! The fields of a form that are shown for given answers, and the lookup of fields by path.
//!
//! [`Form::shown`] is the only walk over a form with its answers. Submitting, validation, display and comparison are all
//! based on it, so that they agree on the shown fields.

use crate::services::{
    answers::Answers,
    form::{Field, Form, Kind, Page, Part, join},
    normalize::normalize_values,
};

/// A field that is shown for some answers.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// Its page.
    pub page: &'a Page,
    /// The field.
    pub field: &'a Field,
    /// Its path: the id, or `block.row.id` inside a repeated block.
    pub path: String,
    /// The repeated block and the row's index.
    pub row: Option<(&'a Field, u16)>,
}

impl Form {
    /// Every field that is shown for these answers, in order; a repeated block before the fields of its rows.
    #[must_use]
    pub fn shown(&self, answers: &Answers) -> Vec<Shown<'_>> {
        self.walk(answers).0
    }

    /// The answers of shown fields, which are submitted; answers of hidden and unknown fields are not.
    #[must_use]
    pub fn visible(&self, answers: &Answers) -> Answers {
        self.walk(answers).1
    }

    /// The pages that are shown.
    #[must_use]
    pub fn shown_pages(&self, answers: &Answers) -> Vec<&Page> {
        let kept = self.visible(answers);
        self.pages.iter().filter(|p| p.show_if.as_ref().is_none_or(|c| c.holds(&kept, &str::to_owned))).collect()
    }

    /// The page with this id.
    #[must_use]
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|p| p.id == id)
    }

    /// The field and the part that a path names, whether or not it is shown. The path of a block or of a repeated
    /// block as a whole names it without a part.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(&Field, Option<&'static Part>)> {
        let mut segments = path.split('.');
        let first = segments.next()?;
        if path.ends_with('.') {
            return None;
        }
        let field = self.pages.iter().flat_map(|p| &p.fields).find(|f| f.id == first)?;
        let rest: Vec<&str> = segments.collect();
        if field.kind != Kind::Repeat {
            return part_of(field, &rest);
        }
        match rest.as_slice() {
            [] => Some((field, None)),
            [index, id, rest @ ..] => {
                index.parse::<u16>().ok().filter(|i| i.to_string() == **index)?;
                part_of(field.fields.iter().find(|f| f.id == *id)?, rest)
            }
            [_] => None,
        }
    }

    /// The path of the first input of the field at this path: in an address or a person that of its first part.
    #[must_use]
    pub fn first_input(&self, path: &str) -> String {
        let group = self.find(path).filter(|(_, part)| part.is_none());
        let first = group.and_then(|(field, _)| field.at(path).next().map(|(_, path)| path));
        first.unwrap_or_else(|| path.to_owned())
    }

    /// The facts that its fields are filled from.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let fields = self.pages.iter().flat_map(|p| &p.fields).flat_map(|f| std::iter::once(f).chain(&f.fields));
        fields.flat_map(|f| f.parts().iter().filter_map(|p| f.fact_of(p))).collect()
    }

    /// Conditions name earlier fields only, so one pass in order decides each by the remaining answers: a
    /// hidden field counts as unanswered.
    fn walk<'a>(&'a self, answers: &Answers) -> (Vec<Shown<'a>>, Answers) {
        let (mut shown, mut kept) = (Vec::new(), Answers::default());
        for page in &self.pages {
            if page.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &str::to_owned)) {
                continue;
            }
            for field in &page.fields {
                if field.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &str::to_owned)) {
                    continue;
                }
                keep(field, &field.id, answers, &mut kept);
                shown.push(Shown { page, field, path: field.id.clone(), row: None });
                for index in answers.rows(&field.id).into_iter().filter(|_| field.kind == Kind::Repeat) {
                    let row = format!("{}.{index}", field.id);
                    for inner in &field.fields {
                        let resolve = |path: &str| in_row(field, &row, path);
                        if inner.show_if.as_ref().is_some_and(|c| !c.holds(&kept, &resolve)) {
                            continue;
                        }
                        let path = join(&row, &inner.id);
                        keep(inner, &path, answers, &mut kept);
                        shown.push(Shown { page, field: inner, path, row: Some((field, index)) });
                    }
                }
            }
        }
        (shown, kept)
    }
}

fn keep(field: &Field, path: &str, answers: &Answers, kept: &mut Answers) {
    for (part, path) in field.at(path) {
        kept.set(&path, normalize_values(part.kind, answers.all(&path)));
    }
}

fn part_of<'a>(field: &'a Field, rest: &[&str]) -> Option<(&'a Field, Option<&'static Part>)> {
    let wanted = rest.join(".");
    match field.parts().iter().find(|p| p.id == wanted) {
        Some(part) => Some((field, Some(part))),
        None => rest.is_empty().then_some((field, None)),
    }
}

/// A path as written in a condition inside a repeated block: a sibling of the same row, else a field of the form.
fn in_row(block: &Field, row: &str, path: &str) -> String {
    let first = path.split('.').next().unwrap_or_default();
    if block.fields.iter().any(|f| f.id == first) { join(row, path) } else { path.to_owned() }
}
