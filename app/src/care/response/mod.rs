//! Pages of responders (救援员).

use server::access::gate::Access;
use shared::account::Permission;

pub mod offer;
pub mod offer_actions;
pub mod responder;

/// Access of responder pages and their server functions.
pub const RESPONDERS: Access = Access::Staff(Permission::RespondToCalls);
