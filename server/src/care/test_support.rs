//! A call for tests of what follows it: as somebody unknown would raise it, without a press.

use crate::care::escalation::policy;
use crate::{
    Actor, Store,
    cases::{Effect, Opening, open},
    error::Result,
};
use shared::care::life::SOS;
use uuid::Uuid;

/// Opens a call for `person` at a centre; its first step is due at once. Its key and its number.
///
/// # Errors
/// What the store says.
pub async fn ring(store: &Store, person: Uuid, centre: Uuid) -> Result<(Uuid, String)> {
    let actor = Actor::caller(person, None);
    let tx = store.write(&actor).await?;
    let opening = Opening {
        flow: &SOS,
        title_zh: "紧急呼救",
        title_en: "Emergency call",
        subject: person,
        organisation: centre,
        effect: Effect::default(),
    };
    let case = open(&tx, &actor, opening).await?;
    let policy = policy::latest(&tx, centre).await?;
    tx.run(
        "INSERT INTO care_call (case_id, known, raised_at, policy_id, next_step_at) VALUES ($1, true, huimin_now(), $2, huimin_now())",
        [case.id.into(), policy.id.into()],
    )
    .await?;
    tx.commit().await?;
    Ok((case.id, case.number))
}
