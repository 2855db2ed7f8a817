//! Registration of applications: the flow and one handler for each action.

use super::{accept, correction, decision, objection, rating, withdraw};
use crate::cases::{Life, assign};
use crate::handlers;
use shared::{
    cases::actions::{Claim, HandOver, Note, Release, View, Withdraw},
    services::{
        actions::{
            Accept, AcceptBySilence, ApproveGrant, ApproveRefusal, AskCorrection, Correct, NotAccept, Object, ProposeGrant,
            ProposeRefusal, Rate, Reopen, SendBack, Uphold,
        },
        life::APPLICATION,
    },
};

/// Applications (办件).
pub static LIFE: Life = Life {
    flow: &APPLICATION,
    by_mandate: true,
    handlers: handlers![
        Claim => assign::claim,
        Release => assign::release,
        HandOver => assign::hand_over,
        Note => assign::note,
        View => assign::view,
        Accept => accept::accept,
        AcceptBySilence => accept::accept,
        NotAccept => accept::not_accept,
        AskCorrection => correction::ask,
        Correct => correction::answer,
        ProposeGrant => decision::propose_grant,
        ProposeRefusal => decision::propose_refusal,
        ApproveGrant => decision::approve,
        ApproveRefusal => decision::approve,
        SendBack => decision::send_back,
        Withdraw => withdraw::withdraw,
        Object => objection::object,
        Uphold => objection::uphold,
        Reopen => objection::reopen,
        Rate => rating::rate,
    ],
};
