//! The server function behind every button and form of dispatchers on a call.

use crate::http::{act::Target, action_error::ActionError, context::authorize};
use leptos::prelude::*;
use server::access::gate::Access;
use shared::{
    account::Permission,
    care::{
        actions::{Dispatch, Merge},
        life::{CALL_OFF, MERGE, RESOLVE},
    },
    field,
};
use std::collections::HashMap;

/// Performs the action of a button or form. `fields` are the inputs of the action;
/// `responders` are the accounts of the responders to ask.
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
    let mut fields = fields;
    let target = next_page(&number, &action, &fields);
    fields.extend(responders.into_iter().map(|(place, account)| (format!("{}.{place}", field!(Dispatch, responders)), account)));
    ctx.act_posted(Target { number: &number, version, key: &key }, &action, fields).await?;
    ctx.finish(&target, &format!("call_{action}")).await
}

/// The page after the action: the other call after a merge, the board after the call is closed, otherwise the page of the call.
fn next_page(number: &str, action: &str, fields: &HashMap<String, String>) -> String {
    let other = || fields.get(field!(Merge, other)).map(|number| number.trim()).unwrap_or_default().to_uppercase();
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
    fn a_merge_goes_on_with_the_other_call_and_an_end_on_the_board() {
        assert_eq!(next_page("HJ-1", "merge", &HashMap::from([("other".to_owned(), " hj-2 ".to_owned())])), "/dispatch/HJ-2");
        assert_eq!(next_page("HJ-1", "resolve", &HashMap::new()), "/dispatch");
        assert_eq!(next_page("HJ-1", "answer", &HashMap::new()), "/dispatch/HJ-1");
    }
}
