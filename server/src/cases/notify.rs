//! Notices about events of cases, written in the transaction of the event.

use super::{case_row::CaseRow, chain::EventRow};
use crate::{error::Result, notices::notify, store::Tx};
use sea_orm::raw_sql;
use serde_json::json;
use shared::{
    cases::{Party, Step},
    ids::AccountId,
};

/// Notifies the parties of a case of an event: the applicant's side of actions by staff and of deadlines, the assignee of
/// actions by the applicant. Internal and quiet steps are not announced, and no account is notified of its own action,
/// except for the receipt of a filed case.
pub(crate) async fn notify_parties(tx: &Tx, case: &CaseRow, step: &Step, event: &EventRow) -> Result<()> {
    if step.internal || step.quiet {
        return Ok(());
    }
    let id = case.id;
    let mut recipients: Vec<AccountId> = tx.fetch_values(raw_sql!(Postgres, "SELECT huimin_notified_accounts({id})")).await?;
    if step.by == Party::Applicant {
        recipients.extend(case.assignee_id);
    }
    let is_receipt = event.seq == 1;
    for account in recipients.into_iter().filter(|a| is_receipt || Some(*a) != event.actor_id) {
        let facts = json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en });
        notify(tx, account, Some(case.id), &event.action, facts).await?;
    }
    Ok(())
}
