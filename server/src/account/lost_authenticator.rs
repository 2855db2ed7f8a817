//! Removes the lost authenticator (验证器遗失) of a member of staff, by an administrator.
//!
//! The password is removed with it. Otherwise an attacker who knows the password would only need to talk an administrator
//! into the reset to set up an authenticator of their own; now they also need the mailbox that gets the link for a new
//! password. The member of staff is notified, and the act is recorded for auditors.

use super::{
    administration::{About, Act, record_act},
    contact::Contact,
    entity::{account, membership, session},
    sign_up::find_account,
};
use crate::access::{
    actor::{Actor, Task},
    gate::MANAGE,
};
use crate::{AppState, error::Result, notices::notify, store::Tx};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, SelectExt};
use shared::{FieldErrorKind, Problem, account::Email, ids::AccountId};

/// Removes the authenticator and the password of a member of staff and ends their sessions. They choose a new password by
/// the link of `/reset` and set up a new authenticator at the next sign-in; until then their roles have no effect. A
/// repeat has no effect.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator, and for their own account; [`Problem::NotFound`] for an
/// account without a role.
pub async fn reset(state: &AppState, actor: &Actor, account: AccountId) -> Result<()> {
    state.store.gate.enter(MANAGE, actor)?;
    if actor.account == Some(account) {
        return Err(Problem::Forbidden.into());
    }
    let tx = state.store.write(actor).await?;
    remove_authenticator(&tx, actor, account).await?;
    tx.commit().await
}

/// As [`reset`], by the operator of the machine, for the last administrator.
///
/// # Errors
/// [`Problem::Invalid`] on `email`, also if it does not belong to a member of staff.
pub async fn reset_by_operator(state: &AppState, email: &str) -> Result<()> {
    let contact = Contact::Email(Email::parse(email).map_err(|c| Problem::field("email", c))?);
    let operator = Actor::system(Task::Operation);
    let tx = state.store.write(&operator).await?;
    let not_staff = || Problem::field("email", FieldErrorKind::NotAnOption);
    let account = find_account(&tx, &contact).await?.ok_or_else(not_staff)?;
    remove_authenticator(&tx, &operator, account).await.map_err(|error| match error {
        crate::Error::Problem(Problem::NotFound) => not_staff().into(),
        other => other,
    })?;
    tx.commit().await
}

async fn remove_authenticator(tx: &Tx, actor: &Actor, account: AccountId) -> Result<()> {
    if !membership::Entity::current_of(account).exists(tx).await? {
        return Err(Problem::NotFound.into());
    }
    let removed = account::Entity::update_of(account)
        .set(account::ActiveModel { totp_sealed: Set(None), password_hash: Set(String::new()), ..Default::default() })
        .filter(account::Column::TotpSealed.is_not_null())
        .exec(tx)
        .await?;
    if removed.rows_affected == 0 {
        return Ok(());
    }
    session::Entity::delete_of(account).exec(tx).await?;
    notify(tx, account, None, "authenticator_reset", serde_json::json!({})).await?;
    record_act(tx, actor, Act::AuthenticatorReset, About { account: Some(account), ..About::default() }).await
}
