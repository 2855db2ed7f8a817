//! Inputs of the actions on an emergency call (呼救).

use super::{geo::Fix, life};
use crate::cases::action::{ActionInput, text_or_number, ticked_values};
use crate::cases::flow::Action;
use std::collections::BTreeSet;

/// Adds the caller's location; a fix is a measured position with its time.
impl ActionInput for Fix {
    const ACTION: Action = life::LOCATE;
}

crate::action_inputs! {
    /// The button was pressed again for the same incident.
    PressAgain = life::PRESS_AGAIN, {
        /// The code of the source of the press.
        source: String,
        /// Whether it may be for another person than the one it was matched to.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        for_other: bool,
    };
    /// Adds a call-back number or a text.
    TellMore = life::TELL_MORE, {
        /// The number; a new one replaces the old one.
        callback: Option<String>,
        /// The text, appended to the earlier one.
        words: Option<String>,
    };
    /// Cancels the press within the countdown.
    CancelPress = life::CANCEL_PRESS;
    /// The caller reports, after the countdown, that they are well.
    SayFine = life::SAY_FINE;
    /// The system takes the next step of the policy when it is due.
    Escalate = life::ESCALATE;
    /// Lets the call ring again because nothing was done after it was answered.
    Unanswer = life::UNANSWER;
    /// A dispatcher takes the next or a chosen step of the policy.
    EscalateNow = life::ESCALATE_NOW, {
        /// The step of the policy, from 1; empty for the next.
        #[serde(deserialize_with = "text_or_number")]
        step: String,
    };
    /// Answers the call.
    Answer = life::ANSWER;
    /// The dispatcher confirms that they are still working on the call.
    StillOnIt = life::STILL_ON_IT;
    /// Records a call back.
    CallBack = life::CALL_BACK, {
        /// Whether the caller was reached: `yes` or `no`.
        reached: String,
        /// At most 1000 characters, may be empty.
        note: String,
    };
    /// Asks responders to go.
    Dispatch = life::DISPATCH, {
        /// Their accounts.
        #[serde(deserialize_with = "ticked_values")]
        responders: BTreeSet<String>,
    };
    /// A responder accepts the request to go.
    AcceptOffer = life::ACCEPT_OFFER;
    /// A responder declines the request to go.
    DeclineOffer = life::DECLINE_OFFER, {
        /// The code of the reason.
        reason: String,
    };
    /// A responder sets out.
    SetOut = life::SET_OUT;
    /// A responder arrives.
    Arrive = life::ARRIVE;
    /// A responder reports that they are well.
    CheckIn = life::CHECK_IN;
    /// Raises the alarm about a responder who did not check in.
    WelfareAlarm = life::WELFARE_ALARM, {
        /// The id of the request to the responder.
        offer: String,
    };
    /// Releases a responder who did not set out or arrive in time.
    ResponderLate = life::RESPONDER_LATE;
    /// The desk releases a responder.
    StandDown = life::STAND_DOWN, {
        /// The id of the request to the responder.
        offer: String,
        /// At most 1000 characters, may be empty.
        note: String,
    };
    /// Ends the call: help was given.
    Resolve = life::RESOLVE, {
        /// The explanation for the person, 5 to 1000 characters.
        sentence: String,
    };
    /// A dispatcher ends the call: no help was needed.
    CallOff = life::CALL_OFF, {
        /// The explanation for the person, 5 to 1000 characters.
        sentence: String,
    };
    /// Merges the call into another call.
    Merge = life::MERGE, {
        /// The number of the other call.
        other: String,
    };
    /// Records that another call was merged into this one.
    TakeIn = life::TAKE_IN;
    /// Reopens an ended call.
    CallReopen = life::CALL_REOPEN, {
        /// Why, 5 to 1000 characters.
        sentence: String,
    };
}
