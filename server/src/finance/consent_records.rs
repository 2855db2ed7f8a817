//! Records of consents (授权): whether a bank has one, and ending them.

use super::entity::finance_consent;
use crate::{
    error::Result,
    store::{Tx, db_now, db_today},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, raw_sql, sea_query::ExprTrait as _};
use shared::{
    finance::codes::ConsentEnd,
    ids::{CaseId, OrganisationId},
};

/// Recipients whose consents end.
#[derive(Clone, Copy)]
pub(super) enum Recipients {
    /// Every bank.
    All,
    /// One bank.
    Only(OrganisationId),
    /// Every bank except one.
    AllBut(OrganisationId),
}

/// Ends consents to a demand; the reason is stored.
pub(super) async fn end_consents(tx: &Tx, case: CaseId, recipients: Recipients, reason: ConsentEnd) -> Result<()> {
    let update = end_open(case, reason);
    let update = match recipients {
        Recipients::All => update,
        Recipients::Only(bank) => update.filter(finance_consent::Column::OrganisationId.eq(bank)),
        Recipients::AllBut(bank) => update.filter(finance_consent::Column::OrganisationId.ne(bank)),
    };
    update.exec(tx).await?;
    Ok(())
}

/// Ends the consents to a demand whose last day is over.
pub(super) async fn end_expired_consents(tx: &Tx, case: CaseId) -> Result<()> {
    end_open(case, ConsentEnd::Expired).filter(finance_consent::Column::ExpiresOn.into_expr().lt(db_today())).exec(tx).await?;
    Ok(())
}

fn end_open(case: CaseId, reason: ConsentEnd) -> UpdateMany<finance_consent::Entity> {
    finance_consent::Entity::update_many()
        .set(finance_consent::ActiveModel { end_reason: Set(Some(reason)), ..Default::default() })
        .col_expr(finance_consent::Column::EndedAt, db_now())
        .filter(finance_consent::Entity::open_of(case))
}

/// Whether a bank may read anything of a demand today.
pub(super) async fn has_consent(tx: &Tx, case: CaseId, bank: OrganisationId) -> Result<bool> {
    let consented: Option<bool> = tx.fetch_value(raw_sql!(Postgres, "SELECT finance_consented({case}, {bank})")).await?;
    Ok(consented.unwrap_or(false))
}
