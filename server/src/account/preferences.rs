//! What an account prefers: language and elder mode (长辈版).

use super::actor::Actor;
use crate::{AppState, error::Result};
use shared::{Lang, Problem};

/// Sets the language of pages and messages, and whether pages are shown large and plain.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn set(city: &AppState, actor: &Actor, lang: Lang, elder: bool) -> Result<()> {
    let account = actor.signed_in()?;
    let tx = city.store.write(actor).await?;
    let known = tx
        .run("UPDATE account SET lang = $2, elder = $3 WHERE id = $1", [account.into(), lang.code().into(), elder.into()])
        .await?;
    if known == 0 {
        return Err(Problem::SignInFirst.into());
    }
    tx.commit().await
}
