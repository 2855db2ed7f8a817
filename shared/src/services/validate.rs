//! Validation of answers: of a page when it is posted, of the whole form when it is submitted. Every error names the path of its field.

use super::{
    answers::{Answers, is_at_or_below},
    form::{Field, Form, Kind, NO, Part, YES},
};
use crate::services::{
    normalize::{has_more_places, plain_money, scaled, yuan},
    visibility::Shown,
};
use crate::{
    account::{BankAccount, Email, Phone, ResidentId, Uscc},
    dates::iso_date,
    ids::UploadId,
    problem::{FieldError, FieldErrorKind},
    registry::districts,
};
use jiff::{ToSpan, civil::Date};

/// Length of a text whose field gives none, in characters.
const SHORT: (u32, u32) = (1, 100);
/// Length of a long text whose field gives none.
const LONG: (u32, u32) = (1, 2_000);

/// The errors of one page, in the order of its fields; none for a hidden or unknown page.
#[must_use]
pub fn validate_page(form: &Form, page: &str, answers: &Answers, today: Date) -> Vec<FieldError> {
    check(form, answers, today, |shown| shown.page.id == page)
}

/// The errors of these fields and all fields below them.
#[must_use]
pub fn validate_fields(form: &Form, fields: &[String], answers: &Answers, today: Date) -> Vec<FieldError> {
    check(form, answers, today, |shown| fields.iter().any(|f| is_at_or_below(&shown.path, f) || is_at_or_below(f, &shown.path)))
}

/// The errors of the whole form, including answers to unknown fields.
#[must_use]
pub fn validate_all(form: &Form, answers: &Answers, today: Date) -> Vec<FieldError> {
    let mut errors = check(form, answers, today, |_| true);
    let strange = answers.iter().filter(|(path, _)| !matches!(form.find(path), Some((_, Some(_)))));
    errors.extend(strange.map(|(path, _)| FieldError { field: path.to_owned(), kind: FieldErrorKind::Unknown }));
    errors
}

fn check(form: &Form, answers: &Answers, today: Date, wanted: impl Fn(&Shown<'_>) -> bool) -> Vec<FieldError> {
    let kept = form.visible(answers);
    let mut errors = Vec::new();
    for shown in form.shown(answers).iter().filter(|s| wanted(s)) {
        let mut add_error = |path: &str, kind: Option<FieldErrorKind>| {
            errors.extend(kind.map(|kind| FieldError { field: path.to_owned(), kind }));
        };
        let (field, path) = (shown.field, shown.path.as_str());
        if field.kind == Kind::Repeat {
            add_error(path, wrong_count(field, answers.rows(path).len()));
            continue;
        }
        // An optional block is either empty or complete.
        let wanted = field.required || kept.has(path);
        for (part, path) in field.at(path) {
            let values = kept.all(&path);
            add_error(
                &path,
                match values {
                    [] if wanted && field.kind == Kind::Declaration => Some(FieldErrorKind::MustAccept),
                    [] => wanted.then_some(FieldErrorKind::Required),
                    _ => wrong(field, part, values, today),
                },
            );
        }
    }
    errors
}

fn wrong_count(field: &Field, count: usize) -> Option<FieldErrorKind> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    match (field.min_count(), field.max_count()) {
        (least, _) if count == 0 && least > 0 && field.required => Some(FieldErrorKind::Required),
        (least, _) if count < least && count > 0 => Some(FieldErrorKind::TooFew { min: least }),
        (_, most) if count > most => Some(FieldErrorKind::TooMany { max: most }),
        _ => None,
    }
}

/// The error of the values of an answered part.
fn wrong(field: &Field, part: &Part, values: &[String], today: Date) -> Option<FieldErrorKind> {
    let value = values.first().map_or("", String::as_str);
    let not = |right: bool, kind| (!right).then_some(kind);
    match part.kind {
        Kind::ShortText => wrong_length(value, length(field, part, SHORT)),
        Kind::LongText => wrong_length(value, length(field, part, LONG)),
        Kind::Number => {
            let places = field.decimals.unwrap_or(0);
            let unit = 10_i64.saturating_pow(u32::from(places));
            let bound = |b: Option<i64>| b.map(|b| (b.saturating_mul(unit), b.to_string()));
            wrong_amount(scaled(value, places).ok_or_else(|| unreadable(value, places)), bound(field.min), bound(field.max))
        }
        Kind::Money => {
            let bound = |b: Option<i64>| b.map(|b| (b, yuan(b)));
            wrong_amount(scaled(value, 2).ok_or_else(|| unreadable(&plain_money(value), 2)), bound(field.min), bound(field.max))
        }
        Kind::Date => wrong_date(field, value, today),
        Kind::YesNo => not(value == YES || value == NO, FieldErrorKind::NotAnOption),
        Kind::OneOf => not(is_option(field, value), FieldErrorKind::NotAnOption),
        Kind::SomeOf if values.iter().any(|v| !is_option(field, v)) => Some(FieldErrorKind::NotAnOption),
        Kind::File if values.iter().any(|v| v.parse::<UploadId>().is_err()) => Some(FieldErrorKind::Unknown),
        Kind::SomeOf | Kind::File => wrong_count(field, values.len()),
        Kind::District => not(districts::find(value).is_some(), FieldErrorKind::NotAnOption),
        Kind::Declaration => not(value == YES, FieldErrorKind::MustAccept),
        Kind::ResidentId => ResidentId::parse_on(value, today).err().map(FieldErrorKind::from),
        Kind::Uscc => Uscc::parse(value).err().map(FieldErrorKind::from),
        Kind::Phone => Phone::parse(value).err(),
        Kind::Email => Email::parse(value).err(),
        Kind::BankAccount => BankAccount::parse(value).err(),
        // Kinds that consist of parts; never the kind of a part.
        Kind::Address | Kind::Person | Kind::Repeat => None,
    }
}

fn is_option(field: &Field, value: &str) -> bool {
    field.options.iter().any(|o| o.value == value)
}

fn length(field: &Field, part: &Part, usual: (u32, u32)) -> (u32, u32) {
    let (least, most) = part.chars.unwrap_or(usual);
    let given = |limit: Option<i64>| limit.and_then(|l| u32::try_from(l).ok()).filter(|_| part.id.is_empty());
    (given(field.min).unwrap_or(least), given(field.max).unwrap_or(most))
}

fn wrong_length(value: &str, (min, max): (u32, u32)) -> Option<FieldErrorKind> {
    match u32::try_from(value.chars().count()).unwrap_or(u32::MAX) {
        n if n < min => Some(FieldErrorKind::TooShort { min }),
        n if n > max => Some(FieldErrorKind::TooLong { max }),
        _ => None,
    }
}

type Bound = Option<(i64, String)>;

/// The error of a value that is no number with at most these decimal places.
fn unreadable(value: &str, places: u8) -> FieldErrorKind {
    match places {
        0 => FieldErrorKind::NotAWholeNumber,
        max if has_more_places(value, max) => FieldErrorKind::TooManyDecimals { max: max.into() },
        _ => FieldErrorKind::NotANumber,
    }
}

fn wrong_amount(amount: Result<i64, FieldErrorKind>, least: Bound, most: Bound) -> Option<FieldErrorKind> {
    let amount = match amount {
        Ok(amount) => amount,
        Err(kind) => return Some(kind),
    };
    if let Some((_, least)) = least.filter(|(l, _)| amount < *l) {
        return Some(FieldErrorKind::BelowLeast { least });
    }
    most.filter(|(m, _)| amount > *m).map(|(_, most)| FieldErrorKind::AboveMost { most })
}

fn wrong_date(field: &Field, value: &str, today: Date) -> Option<FieldErrorKind> {
    let Some(date) = iso_date(value) else { return Some(FieldErrorKind::NotADate) };
    let limit = |text: &Option<String>| text.as_deref().and_then(|t| date_limit(t, today));
    if let Some(first) = limit(&field.earliest).filter(|first| date < *first) {
        return Some(FieldErrorKind::DateBefore { first: first.to_string() });
    }
    limit(&field.latest).filter(|last| date > *last).map(|last| FieldErrorKind::DateAfter { last: last.to_string() })
}

/// The date that a limit means today: `2020-01-01`, `today`, `today-120y`, `today+30d`; `None` where it can't be read.
#[must_use]
pub fn date_limit(text: &str, today: Date) -> Option<Date> {
    let Some(rest) = text.strip_prefix("today") else { return iso_date(text) };
    if rest.is_empty() {
        return Some(today);
    }
    let (back, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix('+')?),
    };
    let unit = rest.chars().last()?;
    let count: i32 = rest.strip_suffix(unit)?.parse().ok().filter(|c| (0..=40_000).contains(c))?;
    let span = match unit {
        'y' if count <= 200 => count.years(),
        'm' if count <= 2_400 => count.months(),
        'd' => count.days(),
        _ => return None,
    };
    if back { today.checked_sub(span).ok() } else { today.checked_add(span).ok() }
}
