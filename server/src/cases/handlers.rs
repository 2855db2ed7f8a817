//! One handler for each (kind, action) of the Flows: what a pillar does of its own inside a change.
//!
//! A table, tested to be complete: an action that is not here cannot be done.

use super::{Change, Effect, assign};
use crate::{
    error::Result,
    finance::{consent, credit, demand, offers},
    services::{accept, correction, decision, objection, rating, withdraw},
};
use shared::{cases::Action, finance::life as finance, services::life};
use std::{future::Future, pin::Pin};

/// What a handler gives back.
pub(super) type Work<'a> = Pin<Box<dyn Future<Output = Result<Effect>> + Send + 'a>>;

/// Does what belongs to the change, in its transaction; the door then writes state and event.
pub(super) type Handler = for<'a> fn(&'a Change<'a>) -> Work<'a>;

macro_rules! handlers {
    ($($action:path => $handler:path),+ $(,)?) => {
        &[$(($action, {
            fn run<'a>(change: &'a Change<'a>) -> Work<'a> {
                Box::pin($handler(change))
            }
            run
        })),+]
    };
}

#[cfg(any(test, feature = "testing"))]
pub(super) use handlers;

/// Kind by kind.
static HANDLERS: &[(&str, &[(Action, Handler)])] = &[
    ("application", handlers![
        life::CLAIM => assign::claim,
        life::RELEASE => assign::release,
        life::HAND_OVER => assign::hand_over,
        life::NOTE => assign::note,
        life::VIEW => assign::view,
        life::ACCEPT => accept::accept,
        life::ACCEPT_BY_SILENCE => accept::accept,
        life::NOT_ACCEPT => accept::not_accept,
        life::ASK_CORRECTION => correction::ask,
        life::CORRECT => correction::answer,
        life::PROPOSE_GRANT => decision::propose_grant,
        life::PROPOSE_REFUSAL => decision::propose_refusal,
        life::APPROVE_GRANT => decision::approve,
        life::APPROVE_REFUSAL => decision::approve,
        life::SEND_BACK => decision::send_back,
        life::WITHDRAW => withdraw::withdraw,
        life::OBJECT => objection::object,
        life::UPHOLD => objection::uphold,
        life::REOPEN => objection::reopen,
        life::RATE => rating::rate,
    ]),
    ("demand", handlers![
        finance::GIVE_CONSENT => consent::give,
        finance::WITHDRAW_CONSENT => consent::withdraw,
        finance::MAKE_OFFER => offers::make,
        finance::WITHDRAW_OFFER => offers::withdraw,
        finance::TAKE_OFFER => offers::take,
        finance::SUBMIT_DILIGENCE => credit::submit,
        finance::RETURN_DILIGENCE => credit::send_back,
        finance::APPROVE_CREDIT => credit::approve,
        finance::REFUSE_CREDIT => credit::refuse,
        finance::DISBURSE => credit::disburse,
        life::WITHDRAW => demand::withdraw,
        life::VIEW => demand::view,
    ]),
];

/// The handler of an action.
pub(super) fn of(kind: &str, action: Action) -> Option<Handler> {
    #[cfg(any(test, feature = "testing"))]
    if kind == super::trial::TRIAL.kind {
        return super::trial::HANDLERS.iter().find(|(a, _)| *a == action).map_or(Some(super::trial::plain), |(_, h)| Some(*h));
    }
    let (_, table) = HANDLERS.iter().find(|(k, _)| *k == kind)?;
    table.iter().find(|(a, _)| *a == action).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::cases::FLOWS;

    #[test]
    fn every_action_of_every_flow_has_exactly_one_handler() {
        for flow in FLOWS {
            let (_, table) = HANDLERS.iter().find(|(k, _)| *k == flow.kind).unwrap();
            for action in flow.actions() {
                assert_eq!(table.iter().filter(|(a, _)| *a == action).count(), 1, "{} {}", flow.kind, action.0);
            }
            assert_eq!(table.len(), flow.actions().len(), "{}: a handler for no action", flow.kind);
        }
    }
}
