//! The line protocol of `huimin calc`: one JSON document per input line, one per output line, so that engineers can check
//! our figures from a shell. In English, because it is a tool, not a page. The result of an invalid line is
//! `{"error":{"field":…,"message":…}}`; the field is empty where no field can be named.

mod loan;

use crate::{
    account::{ResidentId, Uscc},
    cases::WorkCalendar,
};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// One calculation.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its input and output, for the help text.
    pub about: &'static str,
    fields: &'static [&'static str],
    run: fn(&Map<String, Value>) -> Result<String, Fault>,
}

/// Every calculation.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "check",
        about: r#"{"resident_id":"…"} or {"uscc":"…"} → {"valid":true} or {"valid":false,"reason":"format|region|date|inner_check|check_digit"}"#,
        fields: &["resident_id", "uscc"],
        run: check,
    },
    Command {
        name: "working-days",
        about: r#"{"from":"2025-09-26","days":7} → {"due":"2025-10-13"}"#,
        fields: &["from", "days"],
        run: working_days,
    },
    Command {
        name: "loan",
        about: r#"{"principal_fen":100000000,"annual_rate":"0.0345","periods":12,"method":"equal_instalment|equal_principal|interest_only|bullet","start":"2026-01-15","day_count":"30/360|ACT/360|ACT/365","grace_periods":0} → {"instalments":[…],"total_interest_fen":1878585}"#,
        fields: loan::LOAN_FIELDS,
        run: loan::loan,
    },
    Command {
        name: "apr",
        about: r#"{"flows":[{"date":"2026-01-15","fen":99000000},{"date":"2027-01-15","fen":-102000000}]} → {"nominal":"…","effective":"…","xirr":"…"}"#,
        fields: loan::APR_FIELDS,
        run: loan::apr,
    },
];

/// The command of this name.
#[must_use]
pub fn command(name: &str) -> Option<Command> {
    COMMANDS.iter().find(|c| c.name == name).copied()
}

/// The answer to one line, without the line end.
#[must_use]
pub fn answer(command: Command, line: &str) -> String {
    let answer = read(command, line).and_then(|document| (command.run)(&document));
    answer.unwrap_or_else(|fault| json!({ "error": { "field": fault.field, "message": fault.message } }).to_string())
}

/// The fault of a line.
struct Fault {
    field: String,
    message: String,
}

impl Fault {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// The object of a line; fields that the command does not have are an error.
fn read(command: Command, line: &str) -> Result<Map<String, Value>, Fault> {
    let document: Value = serde_json::from_str(line).map_err(|e| Fault::new("", format!("not a JSON document: {e}")))?;
    let Value::Object(document) = document else { return Err(Fault::new("", "must be a JSON object")) };
    match document.keys().find(|key| !command.fields.contains(&key.as_str())) {
        Some(key) => Err(Fault::new(key, format!("unknown field; known are {}", command.fields.join(", ")))),
        None => Ok(document),
    }
}

fn check(document: &Map<String, Value>) -> Result<String, Fault> {
    let reason = match (document.get("resident_id"), document.get("uscc")) {
        (Some(id), None) => ResidentId::parse(text("resident_id", id)?).err().map(|fault| fault.reason()),
        (None, Some(code)) => Uscc::parse(text("uscc", code)?).err().map(|fault| fault.reason()),
        (Some(_), Some(_)) => return Err(Fault::new("uscc", "give either resident_id or uscc, not both")),
        (None, None) => return Err(Fault::new("resident_id", "missing: give resident_id or uscc")),
    };
    Ok(match reason {
        None => r#"{"valid":true}"#.to_owned(),
        Some(word) => format!(r#"{{"valid":false,"reason":"{word}"}}"#),
    })
}

fn working_days(document: &Map<String, Value>) -> Result<String, Fault> {
    let calendar = WorkCalendar::PUBLISHED;
    let from = day("from", required(document, "from")?)?;
    let days = count("days", required(document, "days")?)?;
    let due = calendar.due(from, days).map_err(|missing| {
        let field = if missing.year == from.year() { "from" } else { "days" };
        let (first, last) = (calendar.published_from(), calendar.published_until());
        Fault::new(field, format!("{missing}; calendars are published from {first} to {last}"))
    })?;
    Ok(json!({ "due": due.to_string() }).to_string())
}

fn required<'a>(document: &'a Map<String, Value>, field: &str) -> Result<&'a Value, Fault> {
    document.get(field).ok_or_else(|| Fault::new(field, "missing"))
}

fn text<'a>(field: &str, value: &'a Value) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| Fault::new(field, "must be a string"))
}

/// A date in the form `2025-09-26` only.
fn day(field: &str, value: &Value) -> Result<Date, Fault> {
    let text = text(field, value)?;
    let day: Option<Date> = text.parse().ok();
    day.filter(|day| day.to_string() == text).ok_or_else(|| Fault::new(field, "must be a date such as 2025-09-26"))
}

/// A whole number from 1 on; one beyond every calendar is taken as the largest.
fn count(field: &str, value: &Value) -> Result<u32, Fault> {
    match value.as_u64() {
        Some(count @ 1..) => Ok(u32::try_from(count).unwrap_or(u32::MAX)),
        _ => Err(Fault::new(field, "must be a whole number, at least 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(name: &str, line: &str) -> String {
        answer(command(name).unwrap(), line)
    }

    fn field_of(answer: &str) -> String {
        let answer: Value = serde_json::from_str(answer).unwrap();
        assert!(answer["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{answer}");
        answer["error"]["field"].as_str().unwrap().to_owned()
    }

    #[test]
    fn numbers_are_checked() {
        let wrong = |reason| format!(r#"{{"valid":false,"reason":"{reason}"}}"#);
        for (line, expected) in [
            (r#"{"resident_id":"11010519491231002X"}"#, r#"{"valid":true}"#.to_owned()),
            (r#"{"resident_id":"11010519491231002"}"#, wrong("format")),
            (r#"{"resident_id":"99010519491231002X"}"#, wrong("region")),
            (r#"{"resident_id":"110105194913310021"}"#, wrong("date")),
            (r#"{"resident_id":"110105194912310020"}"#, wrong("check_digit")),
            (r#"{"uscc":"91330100799655058B"}"#, r#"{"valid":true}"#.to_owned()),
            (r#"{"uscc":""}"#, wrong("format")),
            (r#"{"uscc":"91999900799655058B"}"#, wrong("region")),
            (r#"{"uscc":"91330100799655059B"}"#, wrong("inner_check")),
            (r#"{"uscc":"91330100799655058C"}"#, wrong("check_digit")),
        ] {
            assert_eq!(ask("check", line), expected, "{line}");
        }
    }

    #[test]
    fn working_days_are_counted() {
        assert_eq!(ask("working-days", r#"{"from":"2025-09-26","days":7}"#), r#"{"due":"2025-10-13"}"#);
        assert_eq!(ask("working-days", r#" {"days":1,"from":"2026-06-01"} "#), r#"{"due":"2026-06-02"}"#);
    }

    #[test]
    fn a_year_without_a_calendar_is_named() {
        let last = WorkCalendar::PUBLISHED.published_until();
        let next = (last.year() + 1).to_string();
        for (line, field, year) in [
            (format!(r#"{{"from":"{last}","days":1}}"#), "days", next.as_str()),
            (r#"{"from":"2025-09-26","days":100000}"#.to_owned(), "days", &next),
            (r#"{"from":"2025-09-26","days":18446744073709551615}"#.to_owned(), "days", &next),
            (r#"{"from":"2024-12-31","days":1}"#.to_owned(), "from", "2024"),
            (r#"{"from":"9999-12-31","days":1}"#.to_owned(), "from", "9999"),
        ] {
            let answer = ask("working-days", &line);
            assert_eq!(field_of(&answer), field, "{line}");
            assert!(answer.contains(&format!("no working-day calendar of {year}")), "{answer}");
        }
    }

    #[test]
    fn a_bad_line_names_its_field() {
        for (name, line, field) in [
            ("check", "", ""),
            ("check", "{", ""),
            ("check", "{} {}", ""),
            ("check", "[]", ""),
            ("check", "null", ""),
            ("check", "{}", "resident_id"),
            ("check", r#"{"resident_id":1}"#, "resident_id"),
            ("check", r#"{"resident_id":null}"#, "resident_id"),
            ("check", r#"{"uscc":["91330100799655058B"]}"#, "uscc"),
            ("check", r#"{"resident_id":"11010519491231002X","uscc":"91330100799655058B"}"#, "uscc"),
            ("check", r#"{"resident_id":"11010519491231002X","name":"李华"}"#, "name"),
            ("working-days", r#"{"days":7}"#, "from"),
            ("working-days", r#"{"from":"2025-09-26"}"#, "days"),
            ("working-days", r#"{"from":20250926,"days":7}"#, "from"),
            ("working-days", r#"{"from":"2025-9-26","days":7}"#, "from"),
            ("working-days", r#"{"from":"20250926","days":7}"#, "from"),
            ("working-days", r#"{"from":"2025-02-29","days":7}"#, "from"),
            ("working-days", r#"{"from":"2025-09-26T08:00","days":7}"#, "from"),
            ("working-days", r#"{"from":"2025-09-26","days":0}"#, "days"),
            ("working-days", r#"{"from":"2025-09-26","days":-1}"#, "days"),
            ("working-days", r#"{"from":"2025-09-26","days":1.5}"#, "days"),
            ("working-days", r#"{"from":"2025-09-26","days":1e300}"#, "days"),
            ("working-days", r#"{"from":"2025-09-26","days":"7"}"#, "days"),
            ("working-days", r#"{"from":"2025-09-26","days":7,"calendar":"x"}"#, "calendar"),
        ] {
            assert_eq!(field_of(&ask(name, line)), field, "{line}");
        }
    }

    #[test]
    fn commands_have_names_of_their_own() {
        assert!(command("mortgage").is_none());
        for one in COMMANDS {
            assert_eq!(command(one.name).map(|c| c.about), Some(one.about));
        }
    }

    proptest! {
        #[test]
        fn every_line_gets_one_line_of_json(line in "\\PC*|\\{\"(from|days|uscc|resident_id)\":[0-9\"\\-\\[\\]a-z]{0,24}\\}") {
            for command in COMMANDS {
                let answer = answer(*command, &line);
                prop_assert!(!answer.contains('\n'));
                prop_assert!(serde_json::from_str::<Value>(&answer).unwrap().is_object());
            }
        }
    }
}
