//! Care (安养): calls for help, who is called in turn while nobody answers, who is on duty, and the watch over it all.

pub mod alarms;
pub(crate) mod answer;
pub mod auditor;
pub mod board;
pub(crate) mod by_hand;
pub mod call;
pub mod caller;
mod centre;
pub mod contacts;
pub mod credential;
pub mod devices;
pub(crate) mod dispatch;
pub mod duty;
pub(crate) mod ending;
pub mod engine;
pub mod entity;
mod family;
pub mod figures;
pub mod follow;
pub(crate) mod heard;
mod heartbeat;
mod late;
pub(crate) mod merge;
pub(crate) mod offers;
pub mod page;
pub mod policy;
pub mod profile;
pub mod raise;
pub mod responders;
pub mod suggest;
mod targets;
#[cfg(any(test, feature = "testing"))]
pub mod trial;
pub mod welfare;

use crate::store::Tx;
use shared::ids::{OrganisationId, PersonId};
use uuid::Uuid;

/// The city's duty desk (城市值班台): there since the migrations, whatever else is set up.
pub const CITY_DESK: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0120));

/// The name of the person a call is for; none of an unknown caller or of somebody erased, nor where the seal does not open:
/// that must not hide a call.
fn caller_name(tx: &Tx, subject: PersonId, known: bool, sealed: Option<&[u8]>) -> Option<String> {
    let sealed = sealed.filter(|_| known)?;
    tx.vault.open_text("person.name", subject, sealed).ok().filter(|name| !name.is_empty())
}
