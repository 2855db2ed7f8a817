//! A lost authenticator (验证器遗失) of a member of staff: an administrator takes it away.
//!
//! The password goes with it. Otherwise whoever knows a password would only have to talk an administrator into the
//! reset and could set up an authenticator of their own: as it is, they also need the mailbox to which the link for a
//! new password goes. The member is told, and auditors read who did it.

use super::{
    actor::{Actor, Task},
    administration::{About, Act, note},
    contact::Contact,
    sign_up::account_of,
    staff::MANAGE,
};
use crate::{AppState, error::Result, notices::tell, store::Tx};
use shared::{Complaint, Problem, account::Email};
use uuid::Uuid;

/// Takes away the authenticator and the password of a member of staff and ends their sessions. They choose a new
/// password by the link of `/reset` and set up a new authenticator at the next sign-in; until then no role of theirs
/// counts. Done twice, it is done once.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators and for oneself; [`Problem::NotFound`] for whoever holds no role.
pub async fn reset(city: &AppState, actor: &Actor, account: Uuid) -> Result<()> {
    city.store.gate.enter(MANAGE, actor)?;
    if actor.account == Some(account) {
        return Err(Problem::Forbidden.into());
    }
    let tx = city.store.write(actor).await?;
    take_away(&tx, actor, account).await?;
    tx.commit().await
}

/// The same by whoever operates the machine: for the last administrator, whom nobody else can help.
///
/// # Errors
/// [`Problem::Invalid`] on `email`, also when it belongs to nobody of the staff.
pub async fn reset_by_operator(city: &AppState, email: &str) -> Result<()> {
    let contact = Contact::Email(Email::parse(email).map_err(|c| Problem::field("email", c))?);
    let operator = Actor::system(Task::Operation);
    let tx = city.store.write(&operator).await?;
    let nobody = || Problem::field("email", Complaint::NotAnOption);
    let account = account_of(&tx, &contact).await?.ok_or_else(nobody)?;
    take_away(&tx, &operator, account).await.map_err(|error| match error {
        crate::Error::Problem(Problem::NotFound) => nobody().into(),
        other => other,
    })?;
    tx.commit().await
}

async fn take_away(tx: &Tx, actor: &Actor, account: Uuid) -> Result<()> {
    let member = "SELECT FROM membership WHERE account_id = $1 AND ended_at IS NULL";
    if tx.run(member, [account.into()]).await? == 0 {
        return Err(Problem::NotFound.into());
    }
    let taken = "UPDATE account SET totp_sealed = NULL, password_hash = '' WHERE id = $1 AND totp_sealed IS NOT NULL";
    if tx.run(taken, [account.into()]).await? == 0 {
        return Ok(());
    }
    tx.run("DELETE FROM session WHERE account_id = $1", [account.into()]).await?;
    tell(tx, account, None, "authenticator_reset", serde_json::json!({})).await?;
    note(tx, actor, Act::AuthenticatorReset, About { account: Some(account), ..About::default() }).await
}
