//! Withdrawing an application or an objection (撤回).

use super::record;
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
};
use shared::cases::actions::Withdraw;

/// Withdraws it; another one may be made for the same item.
pub(crate) async fn withdraw(change: &Change<'_>, _: &Withdraw) -> Result<Effect> {
    record::set_open(change.tx, change.case.id, false).await?;
    Ok(Effect { assign: Assign::Nobody, ..Effect::default() })
}
