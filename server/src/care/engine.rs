//! When something must happen to a call again.

use crate::{error::Result, store::Tx};
use uuid::Uuid;

/// Something happened: until the policy's time of progress has passed, nothing more must.
pub(crate) async fn progress(tx: &Tx, case: Uuid) -> Result<()> {
    tx.run(
        "UPDATE care_call c SET next_step_at = huimin_now() + make_interval(secs => p.progress_seconds)
           FROM care_policy p WHERE p.id = c.policy_id AND c.case_id = $1",
        [case.into()],
    )
    .await?;
    Ok(())
}

/// Nothing must happen by itself: somebody goes, or it ended.
pub(crate) async fn rest(tx: &Tx, case: Uuid) -> Result<()> {
    tx.run("UPDATE care_call SET next_step_at = NULL WHERE case_id = $1", [case.into()]).await?;
    Ok(())
}
