//! The registered facts about oneself (我的登记信息).

use super::facts::facts_of;
use crate::{Store, access::actor::Actor, error::Result};
use shared::{
    Problem,
    ids::PersonId,
    registry::{Facts, Purpose, facts::FACTS},
};

/// Every registered fact about the actor's own person. The read is logged under the actor.
///
/// # Errors
/// As [`own_person`].
pub async fn own_facts(store: &Store, actor: &Actor) -> Result<Facts> {
    let person = own_person(actor)?;
    let tx = store.write(actor).await?;
    let all: Vec<String> = FACTS.iter().map(|f| f.key.to_owned()).collect();
    let facts = facts_of(&tx, person, &Purpose::OwnData, None, &all).await?;
    tx.commit().await?;
    Ok(facts)
}

/// The actor's own person. The right to see one's own data (个人信息保护法第四十五条) is not part of a mandate.
///
/// # Errors
/// [`Problem::Forbidden`] while acting for another person; as [`Actor::subject`].
pub(super) fn own_person(actor: &Actor) -> Result<PersonId, Problem> {
    if actor.acting_for.is_some() { Err(Problem::Forbidden) } else { actor.subject() }
}
