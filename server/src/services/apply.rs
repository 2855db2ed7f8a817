//! Submitting an application (提交申请): a draft becomes a case, once.

use super::{
    draft,
    entity::{application, draft as draft_table},
    record::{Filled, Lock, add_revision, already_open, fail_on_errors},
    uploads,
};
use crate::{
    Store,
    access::actor::Actor,
    account::entity::organisation,
    cases::{
        self, ActionResult, CaseRow, Effect, NewCase, facts,
        idempotency::{Reservation, reserve_key},
    },
    error::{Error, Result},
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use serde_json::json;
use shared::{
    Problem,
    ids::{DraftId, OrganisationId},
    services::{
        life::{ACCEPTANCE, ACCEPTANCE_DAYS, APPLICATION},
        routing::{Destination, route},
        validate::validate_all,
    },
};

/// Submits a draft. Wrong fields are reported one by one and leave the draft as it is, so that the applicant can correct
/// it and submit it with the same key. Eligibility is shown but never prevents submitting: a register may be wrong, and
/// staff decide.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`] naming the open application of an item that may not be applied for twice;
/// [`Problem::FormChanged`] when a newer version of the form came into force since the draft was last saved (the draft is
/// then carried to it and must be checked again); [`Problem::NotFound`]; [`Problem::KeyReused`].
pub async fn submit(store: &Store, actor: &Actor, draft_id: DraftId, key: &str) -> Result<ActionResult> {
    let account = actor.signed_in()?;
    let tx = store.write(actor).await?;
    let reservation = match reserve_key(&tx, actor, "submit", key, &draft_id).await? {
        Reservation::Replayed(done) => return Ok(done),
        Reservation::New(reservation) => reservation,
    };
    let draft = draft::open(&tx, actor, draft_id, Lock::Update).await?;
    if draft.newer_form {
        drop(tx);
        return carry(store, actor, draft_id).await;
    }
    let today = tx.now().await?.today();
    let item = &draft.item;
    let answers = item.form.visible(&draft.filled.answers);
    let mut errors = validate_all(&item.form, &answers, today);
    errors.extend(uploads::foreign_files(&tx, item, &answers, uploads::Holder::Draft(draft.id)).await?);
    fail_on_errors(errors)?;
    if let Some(conflict) = already_open(&tx, draft.person, item).await? {
        return Err(conflict.into());
    }
    let to = route(&item.routing, &answers).ok_or_else(|| Error::Broken(format!("{}: no routing rule fires", item.code)))?;
    let case = open_case(&tx, actor, &draft, &to).await?;
    insert_application(&tx, &case, &draft, &to).await?;
    uploads::hand_in(&tx, draft.id, case.id, item, &answers).await?;
    let filled = Filled { answers, facts: draft.filled.facts.clone(), carried: Vec::new() };
    add_revision(&tx, case.id, 1, &filled, &draft.key, account).await?;
    draft_table::Entity::delete_by_id(draft.id).exec(&tx).await?;
    let done = ActionResult { number: case.number, state: case.state, version: case.version };
    reservation.store_response(&tx, &done).await?;
    tx.commit().await?;
    Ok(done)
}

async fn open_case(tx: &Tx, actor: &Actor, draft: &draft::OpenDraft, to: &Destination) -> Result<CaseRow> {
    let item = &draft.item;
    let opening = NewCase {
        flow: &APPLICATION,
        title_zh: &item.name.zh,
        title_en: &item.name.en,
        subject: draft.person,
        organisation: find_organisation(tx, to).await?,
        effect: Effect {
            facts: facts(json!({ "item": item.code, "item_version": item.version, "routing_rule": to.rule }))?,
            limits: vec![(ACCEPTANCE, ACCEPTANCE_DAYS, ACCEPTANCE_DAYS)],
            ..Effect::default()
        },
    };
    cases::open(tx, actor, opening).await
}

/// Writes the application of a case. A second application sent at the same time waits here for the first one, and then
/// finds it.
async fn insert_application(tx: &Tx, case: &CaseRow, draft: &draft::OpenDraft, to: &Destination) -> Result<()> {
    let item = &draft.item;
    let row = application::ActiveModel {
        case_id: Set(case.id),
        item_code: Set(item.code.clone()),
        item_version: Set(item.version),
        person_id: Set(draft.person),
        repeatable: Set(item.repeatable),
        routing_rule: Set(to.rule.clone()),
        ..Default::default()
    };
    let no_conflict = OnConflict::new().do_nothing().to_owned();
    if application::Entity::insert(row).on_conflict(no_conflict).exec_without_returning(tx).await? == 1 {
        return Ok(());
    }
    let conflict = already_open(tx, draft.person, item).await?;
    Err(conflict.map_or_else(|| Error::Broken("the conflicting application does not exist".into()), Error::from))
}

/// Saves the draft carried to the newer form, and reports that it must be checked again.
async fn carry(store: &Store, actor: &Actor, draft_id: DraftId) -> Result<ActionResult> {
    let tx = store.write(actor).await?;
    let draft = draft::open(&tx, actor, draft_id, Lock::Update).await?;
    draft::save(&tx, &draft).await?;
    tx.commit().await?;
    Err(Problem::FormChanged.into())
}

async fn find_organisation(tx: &Tx, to: &Destination) -> Result<OrganisationId> {
    let id: Option<OrganisationId> = organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::Code.eq(&to.organisation))
        .into_tuple()
        .one(tx)
        .await?;
    id.ok_or_else(|| Error::Broken(format!("routing rule {}: no organisation {}", to.rule, to.organisation)))
}
