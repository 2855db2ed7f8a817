//! Finance (融通): firms, demands, consents, offers, credit decisions. A demand is a case; what banks may read of it
//! follows from the firm's consent, checked in the transaction that reads.

pub mod consent;
pub(crate) mod credit;
pub mod demand;
pub mod desk;
pub mod enterprise;
pub mod entity;
mod lapse;
mod life;
pub mod offers;
pub mod products;
mod read;

pub use life::LIFE;

use crate::{
    account::actor::Actor,
    cases::{CaseRow, Change},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};
use shared::{
    Complaint, Problem,
    account::Permission,
    finance::Fen,
    ids::{EnterpriseId, OrganisationId, ProductId},
};

/// What of a demand a change needs.
#[derive(FromQueryResult)]
pub(crate) struct DemandRow {
    pub(crate) enterprise_id: EnterpriseId,
    pub(crate) code: String,
}

/// The firm's own act: by its legal representative, acting for it, never by a family member.
pub(crate) async fn firm(change: &Change<'_>) -> Result<DemandRow> {
    let row: Option<DemandRow> = change
        .tx
        .one(
            "SELECT d.enterprise_id, e.code FROM demand d JOIN enterprise e ON e.id = d.enterprise_id WHERE d.case_id = $1",
            [change.case.id.into()],
        )
        .await?;
    let row = row.ok_or(Problem::Forbidden)?;
    if change.actor.enterprise == Some(row.enterprise_id) && change.actor.acting_for.is_none() {
        Ok(row)
    } else {
        Err(Problem::Forbidden.into())
    }
}

/// The bank for which somebody acts on a demand: theirs, and drawn into it.
pub(crate) fn bank_of(actor: &Actor, case: &CaseRow) -> Result<OrganisationId> {
    let banks = actor.organisations_where(Permission::MakeOffers);
    banks.into_iter().find(|bank| case.joined.contains(bank)).ok_or_else(|| Problem::Forbidden.into())
}

/// One of a list, as posted.
pub(crate) fn one_of(field: &str, text: &str, all: &[&str]) -> Result<String> {
    if all.contains(&text) {
        return Ok(text.to_owned());
    }
    let complaint = if text.is_empty() { Complaint::Required } else { Complaint::NotAnOption };
    Err(Problem::field(field, complaint).into())
}

/// All that is wrong with a form, field by field, or nothing.
pub(crate) fn none_wrong(wrong: &[(&str, Option<Complaint>)]) -> Result<()> {
    Ok(Problem::none_wrong(wrong)?)
}

/// Open facts of an event.
pub(crate) fn facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A bank by its name in both languages.
#[derive(FromQueryResult)]
pub(crate) struct BankName {
    pub(crate) name_zh: String,
    pub(crate) name_en: String,
}

pub(crate) async fn bank_name(tx: &Tx, bank: OrganisationId) -> Result<BankName> {
    let found: Option<BankName> =
        tx.one("SELECT name_zh, name_en FROM organisation WHERE id = $1 AND kind = 'bank'", [bank.into()]).await?;
    found.ok_or_else(|| Problem::field("bank", Complaint::NotAnOption).into())
}

/// A whole number as stored, as the calculations want it.
pub(crate) fn months(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| Error::Broken(format!("{stored} months")))
}

/// Gives back what an offer reserved of its product.
pub(crate) async fn release(tx: &Tx, product: ProductId, amount: Fen) -> Result<()> {
    let freed =
        tx.run("UPDATE bank_product SET reserved_fen = reserved_fen - $2 WHERE id = $1", [product.into(), amount.into()]).await?;
    if freed == 1 { Ok(()) } else { Err(Error::Broken(format!("nothing was reserved of product {product}"))) }
}
