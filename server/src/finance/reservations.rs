//! Reservations of product quotas: made by offers, released once when an offer ends without a disbursement. Locks are
//! taken in one order: demand, offer, product.

use super::entity::offer;
use crate::{
    error::{Error, Result},
    store::{Tx, db_now, db_today},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql, sea_query::ExprTrait as _};
use shared::{
    finance::{Fen, codes::OfferOutcome},
    ids::{CaseId, OrganisationId, ProductId},
};

/// Reserves an amount of a product's quota; false when too little of it is left.
pub(super) async fn reserve(tx: &Tx, product: ProductId, amount: Fen) -> Result<bool> {
    let reserved = tx
        .execute_sql(raw_sql!(
            Postgres,
            "UPDATE bank_product SET reserved_fen = reserved_fen + {amount}
              WHERE id = {product} AND reserved_fen + used_fen + {amount} <= quota_fen"
        ))
        .await?;
    Ok(reserved == 1)
}

/// Releases what an offer reserved.
pub(super) async fn release(tx: &Tx, product: ProductId, amount: Fen) -> Result<()> {
    let released = tx
        .execute_sql(raw_sql!(Postgres, "UPDATE bank_product SET reserved_fen = reserved_fen - {amount} WHERE id = {product}"))
        .await?;
    if released == 1 { Ok(()) } else { Err(Error::Broken(format!("nothing was reserved of product {product}"))) }
}

/// Moves a reserved amount to the used part of the quota.
pub(super) async fn use_reserved(tx: &Tx, product: ProductId, amount: Fen) -> Result<()> {
    let moved = tx
        .execute_sql(raw_sql!(
            Postgres,
            "UPDATE bank_product SET reserved_fen = reserved_fen - {amount}, used_fen = used_fen + {amount} WHERE id = {product}"
        ))
        .await?;
    if moved == 1 { Ok(()) } else { Err(Error::Broken(format!("no product {product}"))) }
}

/// Closes open offers of a demand, of one bank or of all, and releases their reservations. With
/// [`OfferOutcome::Lapsed`] only those whose last day is over. Products are locked in the order of their ids.
pub(super) async fn close_offers(
    tx: &Tx,
    case: CaseId,
    bank: Option<OrganisationId>,
    outcome: OfferOutcome,
) -> Result<Vec<offer::Model>> {
    let mut update = offer::Entity::update_many()
        .set(offer::ActiveModel { outcome: Set(Some(outcome)), ..Default::default() })
        .col_expr(offer::Column::EndedAt, db_now())
        .filter(offer::Entity::open_of(case));
    if let Some(bank) = bank {
        update = update.filter(offer::Column::OrganisationId.eq(bank));
    }
    let only_expired = match outcome {
        OfferOutcome::Lapsed => true,
        OfferOutcome::Accepted | OfferOutcome::Declined | OfferOutcome::Withdrawn => false,
    };
    if only_expired {
        update = update.filter(offer::Column::ValidUntil.into_expr().lt(db_today()));
    }
    let mut closed = update.exec_with_returning(tx).await?;
    closed.sort_by_key(|offer| offer.product_id);
    for offer in &closed {
        release(tx, offer.product_id, offer.amount_fen).await?;
    }
    Ok(closed)
}

/// The accepted offer of a demand.
pub(super) async fn accepted_offer(tx: &Tx, case: CaseId) -> Result<offer::Model> {
    find_accepted_offer(tx, case).await?.ok_or_else(|| Error::Broken("a credit without an accepted offer".to_owned()))
}

async fn find_accepted_offer(tx: &Tx, case: CaseId) -> Result<Option<offer::Model>> {
    let accepted = offer::Entity::find()
        .filter(offer::Column::CaseId.eq(case))
        .filter(offer::Column::Outcome.eq(OfferOutcome::Accepted))
        .one(tx)
        .await?;
    Ok(accepted)
}

/// Releases what the accepted offer reserved, if there is one.
pub(super) async fn release_accepted(tx: &Tx, case: CaseId) -> Result<()> {
    match find_accepted_offer(tx, case).await? {
        Some(offer) => release(tx, offer.product_id, offer.amount_fen).await,
        None => Ok(()),
    }
}
