//! Registration of financing demands: the flow and one handler for each action.

use super::{consent, credit, demand, offers};
use crate::cases::Life;
use crate::handlers;
use shared::{
    cases::actions::{View, Withdraw},
    finance::{
        actions::{
            ApproveCredit, Disburse, GiveConsent, LapseConsents, LapseOffers, MakeOffer, RefuseCredit, ReturnDiligence,
            SubmitDiligence, TakeOffer, WithdrawConsent, WithdrawOffer,
        },
        life::DEMAND,
    },
};

/// Financing demands (融资需求). A family member's mandate does not reach a firm.
pub static LIFE: Life = Life {
    flow: &DEMAND,
    by_mandate: false,
    handlers: handlers![
        GiveConsent => consent::give,
        WithdrawConsent => consent::withdraw,
        MakeOffer => offers::make,
        WithdrawOffer => offers::withdraw,
        LapseOffers => offers::expire,
        LapseConsents => consent::expire,
        TakeOffer => offers::accept,
        SubmitDiligence => credit::submit_findings,
        ReturnDiligence => credit::return_findings,
        ApproveCredit => credit::approve,
        RefuseCredit => credit::refuse,
        Disburse => credit::disburse,
        Withdraw => demand::withdraw,
        View => demand::view,
    ],
};
