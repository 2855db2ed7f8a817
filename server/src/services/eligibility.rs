//! Eligibility (资格预判): the rules of an item applied to facts of the registers, which are read and logged.

use super::{catalogue, record::application};
use crate::{Store, access::actor::Actor, cases, error::Result, registry::facts_of};
use shared::{Problem, account::Permission, cases::Party, registry::Purpose, services::Assessment};

/// Assesses, before an application, whether the person whom the actor acts for is eligible, with the reasons.
///
/// # Errors
/// [`Problem::NotFound`] for an item that does not apply; as [`Actor::subject`].
pub async fn check(store: &Store, actor: &Actor, code: &str) -> Result<Assessment> {
    let person = actor.subject()?;
    let tx = store.write(actor).await?;
    let today = tx.now().await?.today();
    let item = catalogue::current(&tx, code).await?;
    let facts = facts_of(&tx, person, &Purpose::Eligibility, None, &item.rule_facts()).await?;
    tx.commit().await?;
    Ok(item.assess(&facts, today))
}

/// The same assessment for the staff who decide an application, by the version of the item under which it was made.
///
/// # Errors
/// [`Problem::NotFound`] for a case that the actor may not see, [`Problem::Forbidden`] for its applicant.
pub async fn check_case(store: &Store, actor: &Actor, number: &str) -> Result<Assessment> {
    let tx = store.write(actor).await?;
    let today = tx.now().await?.today();
    let case = cases::find(&tx, actor, number).await?;
    if !tx.gate.is_party(Party::Staff(Permission::WorkOnCases), actor, case.of()) {
        return Err(Problem::Forbidden.into());
    }
    let item = application(&tx, case.id).await?.item;
    let facts = facts_of(&tx, case.subject_id, &Purpose::Casework, Some(case.id), &item.rule_facts()).await?;
    tx.commit().await?;
    Ok(item.assess(&facts, today))
}
