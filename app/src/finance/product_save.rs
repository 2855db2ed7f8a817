//! What a bank's supervisor does with a product: adds it, changes it, offers it or no more.

use crate::http::{Refusal, flash::Flash, visit::Visit};
use leptos::prelude::*;
use server::account::gate::Access;
use shared::account::Permission;
use std::collections::HashMap;

/// Adds a product, or changes the one that `product` names.
#[server(prefix = "/api", endpoint = "bank/product")]
pub async fn save_product(
    #[server(default)] product: String,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), Refusal> {
    use crate::cases::act::{input, named};
    use server::finance::products;

    let visit = crate::http::visit::enter(KEEP).await?;
    let sent = input(fields)?;
    let done = if product.is_empty() {
        products::add(visit.store(), &visit.actor, &sent).await.map(|_| "product_added")
    } else {
        products::change(visit.store(), &visit.actor, crate::http::call::key(&product)?, &sent).await.map(|()| "product_changed")
    };
    let done = done.map_err(|e| named(visit.problem(e)))?;
    back(&visit, done).await
}

/// Offers a product again (`offered`), or no more.
#[server(prefix = "/api", endpoint = "bank/product-offered")]
pub async fn offer_product(product: String, #[server(default)] offered: bool) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(KEEP).await?;
    server::finance::products::offer(visit.store(), &visit.actor, crate::http::call::key(&product)?, offered).await?;
    back(&visit, if offered { "product_offered" } else { "product_withdrawn" }).await
}

const KEEP: Access = Access::Staff(Permission::DecideCredit);

async fn back(visit: &Visit, done: &str) -> Result<(), Refusal> {
    let to = super::products::PATH;
    Flash::done(to, done).leave(&visit.session).await;
    leptos_axum::redirect(to);
    Ok(())
}
