//! Test support: an emergency call without a press.

use crate::care::{entity::care_call, escalation::policy};
use crate::{
    Actor, Store,
    cases::{Effect, NewCase, open},
    error::Result,
};
use sea_orm::{ActiveValue::Set, EntityTrait};
use shared::{
    care::life::SOS,
    ids::{CaseId, OrganisationId, PersonId},
};

/// Opens a call for `person` at a centre; its first step is due at once. Returns its id and its number.
///
/// # Errors
/// Errors of the database.
pub async fn open_ringing_call(store: &Store, person: PersonId, centre: OrganisationId) -> Result<(CaseId, String)> {
    let actor = Actor::caller(person, None);
    let tx = store.write(&actor).await?;
    let opening = NewCase {
        flow: &SOS,
        title_zh: "紧急呼救",
        title_en: "Emergency call",
        subject: person,
        organisation: centre,
        effect: Effect::default(),
    };
    let case = open(&tx, &actor, opening).await?;
    let policy = policy::latest(&tx, centre).await?;
    let now = tx.now().await?.at;
    care_call::Entity::insert(care_call::ActiveModel {
        case_id: Set(case.id),
        known: Set(true),
        raised_at: Set(now.into()),
        policy_id: Set(policy.id),
        next_step_at: Set(Some(now.into())),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await?;
    Ok((case.id, case.number))
}
