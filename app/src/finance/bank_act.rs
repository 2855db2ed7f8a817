//! Acting on a demand for a bank: the one server function behind every button and form of its people.

use crate::http::Refusal;
use leptos::prelude::*;
use std::collections::HashMap;

/// Does what a page's button or form asks; `fields` are what the action's handler knows.
#[server(prefix = "/api", endpoint = "bank/act")]
pub async fn bank_act(
    number: String,
    action: String,
    version: Option<i32>,
    key: String,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), Refusal> {
    use crate::{
        cases::act::{input, named},
        http::{flash::Flash, visit::enter},
    };
    use server::{account::gate::Access, cases};
    use shared::account::Permission;

    let visit = enter(Access::Staff(Permission::MakeOffers)).await?;
    let input = input(fields)?;
    let request = cases::Request { number: &number, action: &action, version, key: &key, input };
    let done = cases::perform(visit.store(), &visit.actor, request).await.map_err(|e| named(visit.problem(e)))?;
    let to = format!("/bank/{}", done.number);
    Flash::done(&to, &format!("demand_{action}")).leave(&visit.session).await;
    leptos_axum::redirect(&to);
    Ok(())
}
