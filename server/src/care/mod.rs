//! Care (安养): emergency calls from the press to the end, the people who answer and go, and who is cared for.

pub mod dispatch;
pub mod entity;
pub mod escalation;
pub mod intake;
mod life;
pub mod people;
pub mod response;
#[cfg(any(test, feature = "testing"))]
pub mod test_support;

pub use life::LIFE;

use crate::store::Tx;
use shared::ids::{OrganisationId, PersonId};
use uuid::Uuid;

/// The city's duty desk (城市值班台): made by the migrations, whatever else is set up.
pub const CITY_DESK: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0120));

/// The name of the person a call is for. None for an unknown caller, for an erased person, and where the sealed name
/// does not open: that must not hide a call.
fn caller_name(tx: &Tx, subject: PersonId, known: bool, sealed: Option<&[u8]>) -> Option<String> {
    let sealed = sealed.filter(|_| known)?;
    tx.vault.open_text("person.name", subject, sealed).ok().filter(|name| !name.is_empty())
}
