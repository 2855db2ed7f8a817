//! The pillars of this program: the only list that names them. The binary and the test harness give it to the store.

use crate::cases::Lives;
use crate::{care, finance, services};

/// Every kind of case that this program serves.
pub const LIVES: Lives = Lives(&[&services::LIFE, &care::LIFE, &finance::LIFE]);

#[cfg(test)]
mod tests {
    use super::*;
    use shared::flows::FLOWS;

    #[test]
    fn every_action_of_every_flow_has_exactly_one_handler() {
        assert_eq!(LIVES.flows().map(|f| f.kind).collect::<Vec<_>>(), FLOWS.iter().map(|f| f.kind).collect::<Vec<_>>());
        for life in LIVES.0 {
            let flow = life.flow;
            for action in flow.actions() {
                assert_eq!(life.handlers.iter().filter(|h| h.action == action).count(), 1, "{} {}", flow.kind, action.0);
            }
            assert_eq!(life.handlers.len(), flow.actions().len(), "{}: a handler for no action", flow.kind);
        }
    }
}
