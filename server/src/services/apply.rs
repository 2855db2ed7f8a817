//! Sending an application (提交申请): a draft becomes a case, once.

use super::{
    draft,
    record::{Filled, add_revision, already_open, none_wrong},
    uploads,
};
use crate::{
    Store,
    account::actor::Actor,
    cases::{self, Done, Effect, Opening, idempotency},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    ids::{DraftId, OrganisationId},
    services::{
        life::{ACCEPTANCE, ACCEPTANCE_DAYS, APPLICATION},
        routing::{Destination, route},
        validate::validate_all,
    },
};

/// Sends a draft. What does not hold is told field by field and leaves the draft as it is, so that correcting and
/// sending again with the same key works. Whether the person is eligible is shown, never held against sending: the
/// register may be wrong, and a person decides.
///
/// # Errors
/// [`shared::Problem::Invalid`]; [`shared::Problem::Conflict`] naming the open application of an item that may not be
/// applied for twice, or with the state `draft` when a newer version of the form came into force since the draft was
/// last saved (it is then carried there, and must be checked again); [`shared::Problem::NotFound`];
/// [`shared::Problem::KeyReused`].
pub async fn submit(store: &Store, actor: &Actor, draft_id: DraftId, key: &str) -> Result<Done> {
    let account = actor.signed_in()?;
    let tx = store.write(actor).await?;
    let claim = match idempotency::claim(&tx, actor, "submit", key, &draft_id).await? {
        idempotency::Turn::Repeat(done) => return Ok(done),
        idempotency::Turn::First(claim) => claim,
    };
    let draft = draft::open(&tx, actor, draft_id, "FOR UPDATE").await?;
    if draft.newer_form {
        drop(tx);
        return carry(store, actor, draft_id).await;
    }
    let today = tx.now().await?.today();
    let item = &draft.item;
    let answers = item.form.visible(&draft.filled.answers);
    let mut errors = validate_all(&item.form, &answers, today);
    errors.extend(uploads::strange(&tx, item, &answers, uploads::Holder::Draft(draft.id)).await?);
    none_wrong(errors)?;
    if let Some(conflict) = already_open(&tx, draft.person, item).await? {
        return Err(conflict.into());
    }
    let to = route(&item.routing, &answers).ok_or_else(|| Error::Broken(format!("{}: no routing rule fires", item.code)))?;
    let facts = json!({ "item": item.code, "item_version": item.version, "routing_rule": to.rule });
    let case = cases::open(
        &tx,
        actor,
        Opening {
            flow: &APPLICATION,
            title_zh: &item.name.zh,
            title_en: &item.name.en,
            subject: draft.person,
            organisation: organisation(&tx, &to).await?,
            effect: Effect {
                facts: facts.as_object().cloned().unwrap_or_default(),
                limits: vec![(ACCEPTANCE, ACCEPTANCE_DAYS, ACCEPTANCE_DAYS)],
                ..Effect::default()
            },
        },
    )
    .await?;
    // A second application sent at the same moment waits here for the first, and then finds it.
    let made = tx
        .run(
            "INSERT INTO application (case_id, item_code, item_version, person_id, repeatable, routing_rule)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            [
                case.id.into(),
                item.code.clone().into(),
                item.version.into(),
                draft.person.into(),
                item.repeatable.into(),
                to.rule.into(),
            ],
        )
        .await?;
    if made == 0 {
        let conflict = already_open(&tx, draft.person, item).await?;
        return Err(conflict.map_or_else(|| Error::Broken("an application that is not there is in the way".into()), Error::from));
    }
    uploads::hand_in(&tx, draft.id, case.id, item, &answers).await?;
    let filled = Filled { answers, facts: draft.filled.facts.clone(), carried: Vec::new() };
    add_revision(&tx, case.id, 1, &filled, &draft.key, account).await?;
    tx.run("DELETE FROM draft WHERE id = $1", [draft.id.into()]).await?;
    let done = Done { number: case.number, state: case.state, version: case.version };
    claim.keep(&tx, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Keeps the draft carried to the newer form, and says that it must be looked at.
async fn carry(store: &Store, actor: &Actor, draft_id: DraftId) -> Result<Done> {
    let tx = store.write(actor).await?;
    let mut draft = draft::open(&tx, actor, draft_id, "FOR UPDATE").await?;
    draft.version = draft::keep(&tx, &draft).await?;
    tx.commit().await?;
    Err(draft::overtaken(&draft).into())
}

async fn organisation(tx: &Tx, to: &Destination) -> Result<OrganisationId> {
    #[derive(FromQueryResult)]
    struct Row {
        id: OrganisationId,
    }
    let row: Option<Row> = tx.one("SELECT id FROM organisation WHERE code = $1", [to.organisation.clone().into()]).await?;
    Ok(row.ok_or_else(|| Error::Broken(format!("routing rule {}: no organisation {}", to.rule, to.organisation)))?.id)
}
