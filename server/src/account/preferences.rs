//! The preferences of an account: language and elder mode (长辈版).

use super::entity::account;
use crate::access::actor::Actor;
use crate::{AppState, error::Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use shared::{Lang, Problem};

/// Sets the language of pages and messages, and whether pages are shown large and simple.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn set(state: &AppState, actor: &Actor, lang: Lang, elder: bool) -> Result<()> {
    let id = actor.signed_in()?;
    let tx = state.store.write(actor).await?;
    let updated = account::Entity::update_many()
        .set(account::ActiveModel { lang: Set(lang), elder: Set(elder), ..Default::default() })
        .filter(account::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    if updated.rows_affected == 0 {
        return Err(Problem::SignInFirst.into());
    }
    tx.commit().await
}
