//! Care (安养) in the demo city: dispatch centres with policies and rotas, responders, elders with profiles, and calls of
//! the last weeks.

mod calls;
mod centres;
mod crew;
pub(super) mod elders;
mod positions;
mod scenarios;

use super::{block::Block, residents::AccountHolder, staff::StaffMember};
use crate::{AppState, Vault, error::Result};
use shared::ids::AccountId;
use sqlx::{PgConnection, PgPool};
use std::collections::HashSet;

/// Inserts the missing centres, the rota and responders of staff not in `existing`, and the persons of elders.
pub(super) async fn write_people(
    connection: &mut PgConnection,
    vault: &Vault,
    existing: &HashSet<AccountId>,
    staff: &[StaffMember],
    holders: &[AccountHolder],
    block: &Block,
) -> Result<()> {
    centres::write(connection).await?;
    crew::write(connection, existing, staff).await?;
    elders::write_persons(connection, vault, &elders::all(holders, block)).await
}

/// Inserts the missing profiles of elders.
pub(super) async fn write_profiles(state: &AppState, holders: &[AccountHolder], block: &Block) -> Result<()> {
    elders::write(state, &elders::all(holders, block)).await
}

/// Creates the missing calls. Returns the total number of calls.
pub(super) async fn write_calls(
    owner: &PgPool,
    state: &AppState,
    staff: &[StaffMember],
    holders: &[AccountHolder],
    block: &Block,
) -> Result<usize> {
    calls::write(owner, state, staff, &elders::all(holders, block)).await
}
