//! What the family is told without being called: that somebody answered (家人知情). Whoever the person named and who has an
//! account here may follow the call from then on, as far as those may who are called to help.

use crate::care::dispatch::request::leads_to;
use crate::{cases::Change, error::Result, notices};
use sea_orm::FromQueryResult;
use shared::ids::AccountId;

#[derive(FromQueryResult)]
struct Row {
    account: AccountId,
}

/// Tells the contacts of the person that the call was answered, once each; whom a step called knows already. Answers who
/// follows it from now on, for the event.
///
/// # Errors
/// What the store says.
pub(crate) async fn tell(change: &Change<'_>) -> Result<Vec<AccountId>> {
    let (tx, case) = (change.tx, change.case);
    let rows: Vec<Row> = tx
        .all(
            "SELECT DISTINCT f.account_id AS account FROM care_contact f JOIN care_call k ON k.case_id = $1 AND k.known
              WHERE f.person_id = $2 AND f.account_id IS NOT NULL AND f.account_id IS DISTINCT FROM $3 AND f.account_id <> ALL($4)
              ORDER BY account",
            [case.id.into(), case.subject_id.into(), change.actor.account.into(), case.helpers.clone().into()],
        )
        .await?;
    let path = format!("/care/calls/{}", case.number);
    for Row { account } in &rows {
        notices::notify(tx, *account, Some(case.id), "care_family", leads_to(case, &path)).await?;
    }
    Ok(rows.into_iter().map(|row| row.account).collect())
}
