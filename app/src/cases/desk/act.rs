//! The server function behind every button and form of caseworkers.

use crate::http::{
    action_error::ActionError,
    context::{Ctx, authorize},
    flash::Flash,
};
use leptos::prelude::*;
use serde_json::{Map, Value, json};
use server::{account::gate::Access, cases};
use shared::{
    Complaint, FieldError, Problem,
    account::Permission,
    cases::{ClockState, QueueFilter, QueueRow},
};
use std::collections::{BTreeSet, HashMap};

/// Performs the action of a button or form. `fields` are the inputs of the action by the names of its handler; in a correction
/// request `asked.PATH` is a ticked field and `notes.PATH` its note. With `next` it continues with the caseworker's next case.
#[server(prefix = "/api", endpoint = "cases/act")]
pub async fn act(
    number: String,
    action: String,
    version: Option<i32>,
    key: String,
    next: Option<String>,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::WorkOnCases)).await?;
    let input = input(fields)?;
    let request = cases::Request { number: &number, action: &action, version, key: &key, input };
    let done = cases::perform(ctx.store(), &ctx.actor, request).await.map_err(|e| named(ctx.problem(e)))?;
    let other = if next.is_some() { next_case(&ctx, &done.number).await? } else { None };
    let (target, word) = match (next, other) {
        (None, _) => (format!("/desk/{}", done.number), format!("case_{action}")),
        (Some(_), Some(other)) => (format!("/desk/{other}"), "case_next".to_owned()),
        (Some(_), None) => ("/desk".to_owned(), "case_queue".to_owned()),
    };
    Flash::done(&target, &word).leave(&ctx.session).await;
    leptos_axum::redirect(&target);
    Ok(())
}

/// The input that the handlers read.
pub(crate) fn input(fields: HashMap<String, String>) -> Result<Value, Problem> {
    let (mut input, mut notes, mut asked) = (Map::new(), Map::new(), BTreeSet::new());
    for (name, value) in fields {
        if let Some(path) = name.strip_prefix("asked.") {
            asked.insert(path.to_owned());
        } else if let Some(path) = name.strip_prefix("notes.") {
            if !value.trim().is_empty() {
                notes.insert(path.to_owned(), Value::String(value));
            }
        } else {
            input.insert(name, Value::String(value));
        }
    }
    let bare = asked.iter().filter(|path| !notes.contains_key(*path));
    let errors: Vec<FieldError> =
        bare.map(|path| FieldError { field: posted(&format!("notes.{path}")), complaint: Complaint::Required }).collect();
    if !errors.is_empty() {
        return Err(Problem::Invalid { errors });
    }
    if !notes.is_empty() {
        input.insert("notes".to_owned(), json!(notes));
    }
    Ok(Value::Object(input))
}

/// The name under which a field is posted.
pub(crate) fn posted(field: &str) -> String {
    format!("fields[{field}]")
}

/// The problem with its fields named as they are posted.
pub(crate) fn named(mut problem: Problem) -> Problem {
    if let Problem::Invalid { errors } = &mut problem {
        errors.iter_mut().filter(|e| !e.field.is_empty() && e.field != "key").for_each(|e| e.field = posted(&e.field));
    }
    problem
}

/// The next case that waits for this member of staff: what they have, the first due first.
async fn next_case(ctx: &Ctx, but: &str) -> Result<Option<String>, server::Error> {
    let mine = QueueFilter { mine: true, ..QueueFilter::default() };
    let page = server::cases::queue(ctx.store(), &ctx.actor, &mine).await?;
    let waits = |row: &QueueRow| row.number != but && row.clock != ClockState::StandsStill;
    Ok(page.rows.into_iter().find(waits).map(|row| row.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_correction_is_its_fields_with_their_notes() {
        let posted = fields(&[("asked.phone", "yes"), ("notes.phone", "wrong digit"), ("notes.name", " "), ("note", "x")]);
        assert_eq!(input(posted).unwrap(), json!({ "notes": { "phone": "wrong digit" }, "note": "x" }));
    }

    #[test]
    fn a_ticked_field_needs_its_note() {
        let refused = input(fields(&[("asked.rows.0.name", "yes")])).unwrap_err();
        assert_eq!(refused, Problem::field("fields[notes.rows.0.name]", Complaint::Required));
    }

    #[test]
    fn errors_come_back_under_the_posted_names() {
        let problem = named(Problem::field("sentence", Complaint::Required));
        assert_eq!(problem, Problem::field("fields[sentence]", Complaint::Required));
    }
}
