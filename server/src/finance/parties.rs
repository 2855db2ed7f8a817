//! The parties of a demand: the acting firm, the acting bank, and the names of banks.

use super::entity;
use crate::{
    access::actor::Actor,
    account::entity::organisation,
    cases::{CaseRow, Change},
    error::Result,
    store::Tx,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Map, Value};
use shared::{
    FieldErrorKind, Problem,
    account::{OrganisationKind, Permission},
    finance::view::Name,
    ids::{EnterpriseId, OrganisationId},
};

/// The unified social credit code of the demand's firm; only for its legal representative acting for it, never for a
/// family member.
pub(super) async fn authorize_firm(change: &Change<'_>) -> Result<String> {
    let firm: Option<(EnterpriseId, String)> = entity::demand::Entity::find_by_id(change.case.id)
        .inner_join(entity::enterprise::Entity)
        .select_only()
        .column(entity::demand::Column::EnterpriseId)
        .column(entity::enterprise::Column::Code)
        .into_tuple()
        .one(change.tx)
        .await?;
    let (firm, code) = firm.ok_or(Problem::Forbidden)?;
    if change.actor.enterprise == Some(firm) && change.actor.acting_for.is_none() {
        Ok(code)
    } else {
        Err(Problem::Forbidden.into())
    }
}

/// The bank for which the actor acts on a demand: one of the actor's that takes part in the case.
pub(super) fn bank_of(actor: &Actor, case: &CaseRow) -> Result<OrganisationId> {
    let banks = actor.organisations_where(Permission::MakeOffers);
    banks.into_iter().find(|bank| case.joined.contains(bank)).ok_or_else(|| Problem::Forbidden.into())
}

/// The name of a bank.
pub(super) async fn bank_name(tx: &Tx, bank: OrganisationId) -> Result<Name> {
    let name: Option<(String, String)> = organisation::Entity::find_by_id(bank)
        .filter(organisation::Column::Kind.eq(OrganisationKind::Bank))
        .select_only()
        .columns([organisation::Column::NameZh, organisation::Column::NameEn])
        .into_tuple()
        .one(tx)
        .await?;
    let (zh, en) = name.ok_or_else(|| Problem::field("bank", FieldErrorKind::NotAnOption))?;
    Ok(Name { zh, en })
}

/// The unsealed facts of an event.
pub(super) fn facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
