//! Withdrawing an application or an objection (撤回).

use super::record;
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
};
use shared::cases::actions::Withdraw;

/// Withdraws an application; the applicant may apply for the same item again.
pub(crate) async fn withdraw(change: &Change<'_>, _: &Withdraw) -> Result<Effect> {
    record::set_open(change.tx, change.case.id, false).await?;
    Ok(Effect { assign: Assign::Clear, ..Effect::default() })
}
