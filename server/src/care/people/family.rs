//! Notification of the family (家人知情): contacts with an account are notified when a call is answered, and may follow it from
//! then on like the helpers who were called.

use crate::care::notify::notify;
use crate::{cases::Change, error::Result};
use sea_orm::raw_sql;
use shared::ids::AccountId;

/// Notifies the contacts of the person that the call was answered, once each and not those whom a step alerted already.
/// Returns the accounts that become helpers, for the event.
///
/// # Errors
/// Errors of the database.
pub(crate) async fn notify_contacts(change: &Change<'_>) -> Result<Vec<AccountId>> {
    let (tx, case, actor) = (change.tx, change.case, change.actor.account);
    let accounts: Vec<AccountId> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT DISTINCT f.account_id FROM care_contact f JOIN care_call k ON k.case_id = {case.id} AND k.known
              WHERE f.person_id = {case.subject_id} AND f.account_id IS NOT NULL AND f.account_id IS DISTINCT FROM {actor}
                AND f.account_id <> ALL({case.helpers})
              ORDER BY f.account_id"
        ))
        .await?;
    let path = format!("/care/calls/{}", case.number);
    for account in &accounts {
        notify(tx, case, *account, "care_family", &path).await?;
    }
    Ok(accounts)
}
