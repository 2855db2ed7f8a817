//! Answers in readable form: dates in words, money in yuan, labels for options, numbers of persons masked.

use super::{
    answers::Answers,
    form::{Field, Form, Kind, Part, YES},
};
use crate::services::normalize::{money_fen, yuan};
use crate::{
    dates::date_text,
    masking::mask_value,
    registry::districts,
    texts::{Lang, services as text},
};

/// Whether numbers of persons are shown in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// Masked: the rule.
    Masked,
    /// In full: for the owner, and for staff on request.
    Full,
}

/// The answer to the field at this path, blocks in one line; empty where it is not answered.
#[must_use]
pub fn display(field: &Field, path: &str, answers: &Answers, lang: Lang, masking: Masking) -> String {
    if field.kind == Kind::Repeat {
        let rows = answers.rows(path).len();
        return if rows == 0 { String::new() } else { text::rows(lang, rows) };
    }
    let parts = field.at(path).map(|(part, path)| display_part(field, part, answers.all(&path), lang, masking));
    parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The values of one part.
#[must_use]
pub fn display_part(field: &Field, part: &Part, values: &[String], lang: Lang, masking: Masking) -> String {
    let Some(value) = values.first() else { return String::new() };
    if masking == Masking::Masked && field.is_masked(part) {
        return mask_value(value);
    }
    let label = |value: &String| {
        let option = field.options.iter().find(|o| o.value == *value);
        option.map_or_else(|| value.clone(), |o| o.label.text(lang).to_owned())
    };
    match part.kind {
        Kind::Money => money_fen(value).map_or_else(|| value.clone(), |fen| money(fen, lang)),
        Kind::Number => match &field.unit {
            Some(unit) => format!("{value} {}", unit.text(lang)),
            None => value.clone(),
        },
        Kind::Date => date_text(value, lang),
        Kind::YesNo if value == YES => text::yes(lang).to_owned(),
        Kind::YesNo => text::no(lang).to_owned(),
        Kind::Declaration => text::agreed(lang).to_owned(),
        Kind::OneOf | Kind::SomeOf => values.iter().map(label).collect::<Vec<_>>().join(text::list_separator(lang)),
        Kind::District => districts::find(value).map_or_else(|| value.clone(), |d| d.name(lang).to_owned()),
        Kind::File => text::files(lang, values.len()),
        _ => value.clone(),
    }
}

/// Values of an older revision at a path of the form; unchanged if the form has no such path.
#[must_use]
pub fn display_at(form: &Form, path: &str, values: &[String], lang: Lang, masking: Masking) -> String {
    match form.find(path) {
        Some((field, Some(part))) => display_part(field, part, values, lang, masking),
        _ => values.join(text::list_separator(lang)),
    }
}

/// The name of the field at a path, with the number of its row: `家庭成员 2：姓名`.
#[must_use]
pub fn label(form: &Form, path: &str, lang: Lang) -> String {
    let Some((field, part)) = form.find(path) else { return path.to_owned() };
    let own = field.label.text(lang).trim_end_matches(['：', ':']).to_owned();
    let own = match part.and_then(|p| text::find(lang, &format!("part_{}", p.id))) {
        Some(part) => text::label_part(lang, text::FieldPart { field: own, part }),
        None => own,
    };
    let mut segments = path.split('.');
    let block = segments.next().and_then(|id| form.find(id)).filter(|(f, _)| f.kind == Kind::Repeat && f.id != field.id);
    match (block, segments.next().and_then(|row| row.parse::<u32>().ok())) {
        (Some((block, _)), Some(row)) => text::label_row(
            lang,
            text::BlockFieldNumber { block: block.label.text(lang), field: own, number: row.saturating_add(1) },
        ),
        _ => own,
    }
}

/// An amount of money.
#[must_use]
pub fn money(fen: i64, lang: Lang) -> String {
    let plain = yuan(fen);
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |d| ("-", d));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len().saturating_sub(at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let amount = if decimals == "00" { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{decimals}") };
    text::money(lang, amount)
}
