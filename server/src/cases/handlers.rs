//! One handler for each (kind, action) of the Flows: what a pillar does of its own inside a change.
//!
//! A table, tested to be complete: an action that is not here cannot be done.

use super::{Change, Effect, assign};
use crate::{
    care::{
        dispatch::{answer, closing, merge, request},
        escalation::{engine, manual},
        intake::caller_actions,
        response::{offers, welfare},
    },
    error::Result,
    finance::{consent, credit, demand, offers as bank_offers},
    services::{accept, correction, decision, objection, rating, withdraw},
};
use shared::{care::life as care, cases::Action, finance::life as finance, services::life};
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
static HANDLERS: &[(&str, &[(Action, Handler)])] = &[("application", APPLICATION), ("sos", SOS), ("demand", DEMAND)];

static APPLICATION: &[(Action, Handler)] = handlers![
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
];

static DEMAND: &[(Action, Handler)] = handlers![
    finance::GIVE_CONSENT => consent::give,
    finance::WITHDRAW_CONSENT => consent::withdraw,
    finance::MAKE_OFFER => bank_offers::make,
    finance::WITHDRAW_OFFER => bank_offers::withdraw,
    finance::LAPSE_OFFERS => bank_offers::lapse,
    finance::LAPSE_CONSENTS => consent::lapse,
    finance::TAKE_OFFER => bank_offers::take,
    finance::SUBMIT_DILIGENCE => credit::submit,
    finance::RETURN_DILIGENCE => credit::send_back,
    finance::APPROVE_CREDIT => credit::approve,
    finance::REFUSE_CREDIT => credit::refuse,
    finance::DISBURSE => credit::disburse,
    life::WITHDRAW => demand::withdraw,
    life::VIEW => demand::view,
];

static SOS: &[(Action, Handler)] = handlers![
    care::PRESS_AGAIN => caller_actions::press_again,
    care::LOCATE => caller_actions::locate,
    care::TELL_MORE => caller_actions::tell_more,
    care::CANCEL_PRESS => caller_actions::cancel_press,
    care::SAY_FINE => caller_actions::say_fine,
    care::ESCALATE => engine::by_the_engine_alone,
    care::UNANSWER => engine::by_the_engine_alone,
    care::ESCALATE_NOW => manual::escalate_now,
    care::ANSWER => answer::answer,
    care::STILL_ON_IT => answer::still_on_it,
    care::CALL_BACK => answer::call_back,
    care::HAND_OVER => answer::hand_over,
    care::NOTE => answer::note,
    care::VIEW => answer::view,
    care::MERGE => merge::merge,
    care::TAKE_IN => merge::taken_in,
    care::RESOLVE => closing::resolve,
    care::CALL_OFF => closing::call_off,
    care::CALL_REOPEN => closing::reopen,
    care::DISPATCH => request::dispatch,
    care::ACCEPT_OFFER => offers::accept,
    care::DECLINE_OFFER => offers::decline,
    care::SET_OUT => offers::set_out,
    care::ARRIVE => offers::arrive,
    care::CHECK_IN => offers::check_in,
    care::RESPONDER_LATE => engine::by_the_engine_alone,
    care::STAND_DOWN => offers::stand_down,
    care::WELFARE_ALARM => welfare::alarm,
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
