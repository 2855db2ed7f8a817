//! Reads products of banks into views.

use super::{
    entity::bank_product,
    stored_numbers::{months_from_db, rate_from_db},
};
use crate::{account::entity::organisation, error::Result, store::Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, SelectTwoRequired};
use shared::{
    FieldErrorKind, Problem, field,
    finance::{
        actions::MakeOffer,
        view::{ManagedProduct, Name, Product},
    },
    ids::{OrganisationId, ProductId},
};

/// Products with their banks.
fn products_with_banks() -> SelectTwoRequired<bank_product::Entity, organisation::Entity> {
    bank_product::Entity::find().find_both_related(organisation::Entity)
}

fn to_view((product, bank): (bank_product::Model, organisation::Model)) -> Result<Product> {
    Ok(Product {
        id: product.id,
        bank: Name { zh: bank.name_zh, en: bank.name_en },
        name: Name { zh: product.name_zh, en: product.name_en },
        amounts: (product.min_fen, product.max_fen),
        months: (months_from_db(product.min_months)?, months_from_db(product.max_months)?),
        methods: product.methods,
        day_count: product.day_count,
        rates: (rate_from_db(product.min_rate)?, rate_from_db(product.max_rate)?),
        free_fen: product.quota_fen - product.reserved_fen - product.used_fen,
    })
}

/// A product that a bank offers.
pub(super) async fn find_offered(tx: &Tx, bank: OrganisationId, product: ProductId) -> Result<Product> {
    let found = products_with_banks()
        .filter(bank_product::Column::Id.eq(product))
        .filter(bank_product::Column::OrganisationId.eq(bank))
        .filter(bank_product::Column::Offered.eq(true))
        .one(tx)
        .await?;
    to_view(found.ok_or_else(|| Problem::field(field!(MakeOffer, product), FieldErrorKind::NotAnOption))?)
}

/// The products that a bank offers.
pub(super) async fn list_offered(tx: &Tx, bank: OrganisationId) -> Result<Vec<Product>> {
    let found = products_with_banks()
        .filter(bank_product::Column::OrganisationId.eq(bank))
        .filter(bank_product::Column::Offered.eq(true))
        .order_by_asc(organisation::Column::Code)
        .order_by_asc(bank_product::Column::NameZh)
        .all(tx)
        .await?;
    found.into_iter().map(to_view).collect()
}

/// The products of banks, or one of them, for their supervisors; those on offer first.
pub(super) async fn list_managed(tx: &Tx, banks: &[OrganisationId], product: Option<ProductId>) -> Result<Vec<ManagedProduct>> {
    let mut query = products_with_banks().filter(bank_product::Column::OrganisationId.is_in(banks.iter().copied()));
    if let Some(product) = product {
        query = query.filter(bank_product::Column::Id.eq(product));
    }
    let found = query
        .order_by_desc(bank_product::Column::Offered)
        .order_by_asc(organisation::Column::Code)
        .order_by_asc(bank_product::Column::NameZh)
        .all(tx)
        .await?;
    let managed = |(product, bank): (bank_product::Model, organisation::Model)| {
        let (quota_fen, offered) = (product.quota_fen, product.offered);
        Ok(ManagedProduct { product: to_view((product, bank))?, quota_fen, offered })
    };
    found.into_iter().map(managed).collect()
}
