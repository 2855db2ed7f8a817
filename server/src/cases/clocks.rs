//! The clocks of a case, as rows: the arithmetic is `shared::cases::clock`'s.

use crate::{error::Result, store::Tx};
use jiff::civil::Date;
use shared::cases::{Clock, ClockOp};
use uuid::Uuid;

/// Does to the clocks what a step of the Flow says. `limits`: legal and promised working days of those it starts.
pub(super) async fn apply(_tx: &Tx, _case: Uuid, _ops: &[ClockOp], _limits: &[(Clock, i32, i32)], _today: Date) -> Result<()> {
    Ok(())
}
