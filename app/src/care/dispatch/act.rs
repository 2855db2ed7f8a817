//! The server function behind every button and form of dispatchers on a call.

use crate::{
    cases::desk::act::{input, named},
    http::{action_error::ActionError, context::authorize, flash::Flash},
};
use leptos::prelude::*;
use serde_json::{Value, json};
use server::{account::gate::Access, cases};
use shared::{
    account::Permission,
    care::life::{CALL_OFF, MERGE, RESOLVE},
};
use std::collections::{BTreeSet, HashMap};

/// Does what a page's button or form asks. `fields` are what the action demands, by the names its handler knows;
/// `responders` are the accounts of those to be sent.
#[server(prefix = "/api", endpoint = "care/act")]
pub async fn act_on_call(
    number: String,
    action: String,
    version: Option<i32>,
    key: String,
    #[server(default)] fields: HashMap<String, String>,
    #[server(default)] responders: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::AnswerCalls)).await?;
    let input = with_responders(input(fields)?, responders);
    let target = where_to(&number, &action, &input);
    let request = cases::Request { number: &number, action: &action, version, key: &key, input };
    cases::perform(ctx.store(), &ctx.actor, request).await.map_err(|e| named(ctx.problem(e)))?;
    Flash::done(&target, &format!("call_{action}")).leave(&ctx.session).await;
    leptos_axum::redirect(&target);
    Ok(())
}

/// The input that the handlers read, with the responders if there are any: each once, in a fixed order, so that the
/// same form is the same request.
fn with_responders(mut input: Value, responders: HashMap<String, String>) -> Value {
    let chosen: BTreeSet<String> = responders.into_values().collect();
    if let (Some(fields), false) = (input.as_object_mut(), chosen.is_empty()) {
        fields.insert("responders".to_owned(), json!(chosen));
    }
    input
}

/// Where it goes on: with the other call after a merge, on the board after an end, else on the page of the call.
fn where_to(number: &str, action: &str, input: &Value) -> String {
    let other = || input.get("other").and_then(Value::as_str).map(str::trim).unwrap_or_default().to_uppercase();
    match action {
        a if a == RESOLVE.0 || a == CALL_OFF.0 => "/dispatch".to_owned(),
        a if a == MERGE.0 => format!("/dispatch/{}", other()),
        _ => format!("/dispatch/{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responders_come_once_each_and_in_one_order() {
        let chosen = HashMap::from([("0", "b"), ("1", "a"), ("2", "b")].map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(with_responders(json!({}), chosen), json!({ "responders": ["a", "b"] }));
        assert_eq!(with_responders(json!({ "note": "x" }), HashMap::new()), json!({ "note": "x" }));
    }

    #[test]
    fn a_merge_goes_on_with_the_other_call_and_an_end_on_the_board() {
        assert_eq!(where_to("HJ-1", "merge", &json!({ "other": " hj-2 " })), "/dispatch/HJ-2");
        assert_eq!(where_to("HJ-1", "resolve", &json!({})), "/dispatch");
        assert_eq!(where_to("HJ-1", "answer", &json!({})), "/dispatch/HJ-1");
    }
}
