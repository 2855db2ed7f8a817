//! Registration of emergency calls: the flow and one handler for each action.

use super::{
    dispatch::{answer, closing, merge, request},
    escalation::manual,
    intake::caller_actions,
    response::{offers, welfare},
};
use crate::{
    cases::{Change, Effect, Life},
    error::Result,
    handlers,
};
use shared::{
    Problem,
    care::{
        actions::{
            AcceptOffer, Answer, Arrive, CallBack, CallOff, CallReopen, CancelPress, CheckIn, DeclineOffer, Dispatch, Escalate,
            EscalateNow, Merge, PressAgain, Resolve, ResponderLate, SayFine, SetOut, StandDown, StillOnIt, TakeIn, TellMore,
            Unanswer, WelfareAlarm,
        },
        geo::Fix,
        life::SOS,
    },
    cases::actions::{HandOver, Note, View},
};

/// Emergency calls (呼救).
pub static LIFE: Life = Life {
    flow: &SOS,
    by_mandate: true,
    handlers: handlers![
        PressAgain => caller_actions::press_again,
        Fix => caller_actions::locate,
        TellMore => caller_actions::tell_more,
        CancelPress => caller_actions::cancel_press,
        SayFine => caller_actions::say_fine,
        Escalate => system_only,
        Unanswer => system_only,
        EscalateNow => manual::escalate_now,
        Answer => answer::answer,
        StillOnIt => answer::still_on_it,
        CallBack => answer::call_back,
        HandOver => answer::hand_over,
        Note => answer::note,
        View => answer::view,
        Merge => merge::merge,
        TakeIn => system_only,
        Resolve => closing::resolve,
        CallOff => closing::call_off,
        CallReopen => closing::reopen,
        Dispatch => request::dispatch,
        AcceptOffer => offers::accept,
        DeclineOffer => offers::decline,
        SetOut => offers::set_out,
        Arrive => offers::arrive,
        CheckIn => offers::check_in,
        ResponderLate => system_only,
        StandDown => offers::stand_down,
        WelfareAlarm => welfare::alarm,
    ],
};

/// Handler of actions that only the system performs, in batches: a request for one of them is refused.
async fn system_only<I>(_: &Change<'_>, _: &I) -> Result<Effect> {
    Err(Problem::Forbidden.into())
}
