//! The flow of an emergency call (呼救), after the order of the telecare standard CEN/TS 17470 (alarm, answer, response,
//! closing): ringing → answered → dispatched → on scene → resolved or called off; re-opened.
//!
//! Answering and responding are guarded by `State` alone: an answer to a ringing call must not fail because a location
//! arrived meanwhile. Closing a call depends on what the dispatcher has seen, so it is guarded by `Version`, except for a
//! responder at the scene.

use crate::account::Permission::AnswerCalls;
pub use crate::cases::actions::{HAND_OVER, NOTE, VIEW};
use crate::cases::flow::{
    ANY, Action, Flow, Guard,
    Party::{Applicant, Helper, Joined, System},
    Requirement, STAY, State, Step, step,
};
use crate::coded_enum;

coded_enum! {
    /// The states of an emergency call, in order.
    pub enum CallState {
        /// Not answered yet (待接听).
        Ringing = "ringing",
        /// Answered (已接听).
        Answered = "answered",
        /// Responders were asked to go (已派单).
        Dispatched = "dispatched",
        /// A responder is at the scene (已到场).
        OnScene = "on_scene",
        /// Help was given (已解决).
        Resolved = "resolved",
        /// No help was needed (误报).
        FalseAlarm = "false_alarm",
        /// Merged into another call (已并入).
        Merged = "merged",
    }
}

impl CallState {
    /// The state as the Flow names it.
    #[must_use]
    pub const fn state(self) -> State {
        State(self.code())
    }
}

/// Not answered yet (待接听).
pub const RINGING: State = CallState::Ringing.state();
/// Answered (已接听).
pub const ANSWERED: State = CallState::Answered.state();
/// Responders were asked to go (已派单).
pub const DISPATCHED: State = CallState::Dispatched.state();
/// A responder is at the scene (已到场).
pub const ON_SCENE: State = CallState::OnScene.state();
/// Help was given (已解决).
pub const RESOLVED: State = CallState::Resolved.state();
/// No help was needed (误报).
pub const FALSE_ALARM: State = CallState::FalseAlarm.state();
/// Merged into another call (已并入).
pub const MERGED: State = CallState::Merged.state();

/// Opens it (呼救).
pub const PRESS: Action = Action("press");
/// The button was pressed again for the same incident (再次呼救).
pub const PRESS_AGAIN: Action = Action("press_again");
/// Adds the caller's location (上报位置).
pub const LOCATE: Action = Action("locate");
/// Adds a call-back number or a text (补充信息).
pub const TELL_MORE: Action = Action("tell_more");
/// The system takes the next step of the policy when it is due (升级).
pub const ESCALATE: Action = Action("escalate");
/// A dispatcher takes the next or a chosen step of the policy (手动升级).
pub const ESCALATE_NOW: Action = Action("escalate_now");
/// Answers it (接听).
pub const ANSWER: Action = Action("answer");
/// It rings again because nothing was done after it was answered (超时重呼).
pub const UNANSWER: Action = Action("unanswer");
/// The caller cancels the press within the countdown (撤销).
pub const CANCEL_PRESS: Action = Action("cancel_press");
/// The caller reports, after the countdown, that they are well; the dispatcher decides (报平安).
pub const SAY_FINE: Action = Action("say_fine");
/// The dispatcher confirms that they are still working on it (仍在处理).
pub const STILL_ON_IT: Action = Action("still_on_it");
/// Called back (回拨).
pub const CALL_BACK: Action = Action("call_back");
/// Asks responders to go (派单).
pub const DISPATCH: Action = Action("dispatch");
/// A responder accepts the request to go (接单).
pub const ACCEPT_OFFER: Action = Action("accept_offer");
/// A responder declines the request to go (拒单).
pub const DECLINE_OFFER: Action = Action("decline_offer");
/// Sets out (出发).
pub const SET_OUT: Action = Action("set_out");
/// Arrives (到场).
pub const ARRIVE: Action = Action("arrive");
/// A responder reports that they are well (救援员报平安).
pub const CHECK_IN: Action = Action("check_in");
/// A responder did not report in time (救援员失联).
pub const WELFARE_ALARM: Action = Action("welfare_alarm");
/// A responder who accepted did not set out or arrive in time (救援员逾时).
pub const RESPONDER_LATE: Action = Action("responder_late");
/// The desk releases a responder (撤回救援员).
pub const STAND_DOWN: Action = Action("stand_down");
/// Help was given (解决).
pub const RESOLVE: Action = Action("resolve");
/// No help was needed (按误报结束).
pub const CALL_OFF: Action = Action("call_off");
/// Merges it into another call (并入).
pub const MERGE: Action = Action("merge");
/// Another call was merged into this one (并入他呼): recorded by the merge of the other, never requested.
pub const TAKE_IN: Action = Action("take_in");
/// Reopens it (重新打开).
pub const CALL_REOPEN: Action = Action("call_reopen");

/// Seconds after the press in which the caller may cancel it: five are counted down on the screen, the rest is for
/// a slow line.
pub const CANCEL_SECONDS: i64 = 15;

const DESK: crate::cases::Party = Joined(AnswerCalls);

/// The flow of an emergency call.
pub static SOS: Flow = Flow {
    kind: "sos",
    prefix: "HJ",
    initial: RINGING,
    opening: step(RINGING, PRESS, Applicant, STAY, Guard::State).quiet(),
    steps: STEPS,
    closed: &[RESOLVED, FALSE_ALARM, MERGED],
    page_path: "/care/calls",
    tones: &[],
};

#[rustfmt::skip]
static STEPS: &[Step] = &[
    //   from        action         by         to           guard
    step(RINGING,    PRESS_AGAIN,   Applicant, STAY,        Guard::None).quiet(),
    step(RINGING,    LOCATE,        Applicant, STAY,        Guard::None).quiet(),
    step(RINGING,    TELL_MORE,     Applicant, STAY,        Guard::None).quiet(),
    step(RINGING,    SAY_FINE,      Applicant, STAY,        Guard::None).quiet(),
    step(RINGING,    CANCEL_PRESS,  Applicant, FALSE_ALARM, Guard::State).quiet(),
    step(RINGING,    ESCALATE,      System,    STAY,        Guard::State).quiet(),
    step(RINGING,    ESCALATE_NOW,  DESK,      STAY,        Guard::State).requires(&[Requirement::PolicyStep]).quiet(),
    step(RINGING,    ANSWER,        DESK,      ANSWERED,    Guard::State),
    step(RINGING,    ANSWER,        Helper,    ANSWERED,    Guard::State),
    // A responder who was asked before the call rang again and accepts now has answered it.
    step(RINGING,    ACCEPT_OFFER,  Helper,    DISPATCHED,  Guard::State),
    step(RINGING,    DECLINE_OFFER, Helper,    STAY,        Guard::State).quiet(),
    // Escalated by hand while a responder is going: it rings for others, and the responder continues to report.
    step(RINGING,    SET_OUT,       Helper,    STAY,        Guard::State).quiet(),
    step(RINGING,    ARRIVE,        Helper,    ON_SCENE,    Guard::State),
    step(RINGING,    CHECK_IN,      Helper,    STAY,        Guard::State).quiet(),
    step(RINGING,    WELFARE_ALARM, System,    STAY,        Guard::State).quiet(),
    step(RINGING,    STAND_DOWN,    DESK,      STAY,        Guard::State).requires(&[Requirement::Going, Requirement::Note]).quiet(),
    step(RINGING,    RESOLVE,       Helper,    RESOLVED,    Guard::State).requires(&[Requirement::Sentence]),
    step(RINGING,    MERGE,         DESK,      MERGED,      Guard::Version).requires(&[Requirement::OtherCase]).quiet(),
    step(RINGING,    TAKE_IN,       System,    STAY,        Guard::None).quiet(),
    step(ANSWERED,   PRESS_AGAIN,   Applicant, STAY,        Guard::None).quiet(),
    step(ANSWERED,   LOCATE,        Applicant, STAY,        Guard::None).quiet(),
    step(ANSWERED,   TELL_MORE,     Applicant, STAY,        Guard::None).quiet(),
    step(ANSWERED,   SAY_FINE,      Applicant, STAY,        Guard::None).quiet(),
    step(ANSWERED,   UNANSWER,      System,    RINGING,     Guard::State).quiet(),
    step(ANSWERED,   ESCALATE_NOW,  DESK,      RINGING,     Guard::State).requires(&[Requirement::PolicyStep]).quiet(),
    step(ANSWERED,   STILL_ON_IT,   DESK,      STAY,        Guard::None).internal(),
    step(ANSWERED,   CALL_BACK,     DESK,      STAY,        Guard::None).requires(&[Requirement::Reached, Requirement::Note]).internal(),
    step(ANSWERED,   HAND_OVER,     DESK,      STAY,        Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(ANSWERED,   DISPATCH,      DESK,      DISPATCHED,  Guard::State).requires(&[Requirement::Responders]),
    step(ANSWERED,   ACCEPT_OFFER,  Helper,    DISPATCHED,  Guard::State),
    step(ANSWERED,   DECLINE_OFFER, Helper,    STAY,        Guard::State).quiet(),
    step(ANSWERED,   SET_OUT,       Helper,    STAY,        Guard::State).quiet(),
    step(ANSWERED,   ARRIVE,        Helper,    ON_SCENE,    Guard::State),
    step(ANSWERED,   CHECK_IN,      Helper,    STAY,        Guard::State).quiet(),
    step(ANSWERED,   WELFARE_ALARM, System,    STAY,        Guard::State).quiet(),
    step(ANSWERED,   STAND_DOWN,    DESK,      STAY,        Guard::State).requires(&[Requirement::Going, Requirement::Note]).quiet(),
    step(ANSWERED,   RESOLVE,       Helper,    RESOLVED,    Guard::State).requires(&[Requirement::Sentence]),
    step(ANSWERED,   MERGE,         DESK,      MERGED,      Guard::Version).requires(&[Requirement::OtherCase]).quiet(),
    step(ANSWERED,   RESOLVE,       DESK,      RESOLVED,    Guard::Version).requires(&[Requirement::Sentence]),
    step(ANSWERED,   CALL_OFF,      DESK,      FALSE_ALARM, Guard::Version).requires(&[Requirement::Sentence]),
    step(ANSWERED,   TAKE_IN,       System,    STAY,        Guard::None).quiet(),
    step(DISPATCHED, PRESS_AGAIN,   Applicant, STAY,        Guard::None).quiet(),
    step(DISPATCHED, LOCATE,        Applicant, STAY,        Guard::None).quiet(),
    step(DISPATCHED, TELL_MORE,     Applicant, STAY,        Guard::None).quiet(),
    step(DISPATCHED, SAY_FINE,      Applicant, STAY,        Guard::None).quiet(),
    step(DISPATCHED, UNANSWER,      System,    RINGING,     Guard::State).quiet(),
    step(DISPATCHED, RESPONDER_LATE, System,   STAY,        Guard::State).quiet(),
    step(DISPATCHED, ESCALATE_NOW,  DESK,      RINGING,     Guard::State).requires(&[Requirement::PolicyStep]).quiet(),
    step(DISPATCHED, STAND_DOWN,    DESK,      STAY,        Guard::State).requires(&[Requirement::Going, Requirement::Note]).quiet(),
    step(DISPATCHED, CALL_BACK,     DESK,      STAY,        Guard::None).requires(&[Requirement::Reached, Requirement::Note]).internal(),
    step(DISPATCHED, HAND_OVER,     DESK,      STAY,        Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(DISPATCHED, DISPATCH,      DESK,      STAY,        Guard::State).requires(&[Requirement::Responders]).quiet(),
    step(DISPATCHED, ACCEPT_OFFER,  Helper,    STAY,        Guard::State),
    step(DISPATCHED, DECLINE_OFFER, Helper,    STAY,        Guard::State).quiet(),
    step(DISPATCHED, SET_OUT,       Helper,    STAY,        Guard::State),
    step(DISPATCHED, ARRIVE,        Helper,    ON_SCENE,    Guard::State),
    step(DISPATCHED, CHECK_IN,      Helper,    STAY,        Guard::State).quiet(),
    step(DISPATCHED, WELFARE_ALARM, System,    STAY,        Guard::State).quiet(),
    step(DISPATCHED, RESOLVE,       Helper,    RESOLVED,    Guard::State).requires(&[Requirement::Sentence]),
    step(DISPATCHED, RESOLVE,       DESK,      RESOLVED,    Guard::Version).requires(&[Requirement::Sentence]),
    step(DISPATCHED, CALL_OFF,      DESK,      FALSE_ALARM, Guard::Version).requires(&[Requirement::Sentence]),
    step(DISPATCHED, TAKE_IN,       System,    STAY,        Guard::None).quiet(),
    step(ON_SCENE,   PRESS_AGAIN,   Applicant, STAY,        Guard::None).quiet(),
    step(ON_SCENE,   LOCATE,        Applicant, STAY,        Guard::None).quiet(),
    step(ON_SCENE,   TELL_MORE,     Applicant, STAY,        Guard::None).quiet(),
    step(ON_SCENE,   UNANSWER,      System,    RINGING,     Guard::State).quiet(),
    step(ON_SCENE,   RESPONDER_LATE, System,   STAY,        Guard::State).quiet(),
    step(ON_SCENE,   ESCALATE_NOW,  DESK,      RINGING,     Guard::State).requires(&[Requirement::PolicyStep]).quiet(),
    step(ON_SCENE,   STAND_DOWN,    DESK,      STAY,        Guard::State).requires(&[Requirement::Going, Requirement::Note]).quiet(),
    step(ON_SCENE,   CALL_BACK,     DESK,      STAY,        Guard::None).requires(&[Requirement::Reached, Requirement::Note]).internal(),
    step(ON_SCENE,   HAND_OVER,     DESK,      STAY,        Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(ON_SCENE,   ACCEPT_OFFER,  Helper,    STAY,        Guard::State),
    step(ON_SCENE,   DECLINE_OFFER, Helper,    STAY,        Guard::State).quiet(),
    step(ON_SCENE,   SET_OUT,       Helper,    STAY,        Guard::State),
    step(ON_SCENE,   ARRIVE,        Helper,    STAY,        Guard::State),
    step(ON_SCENE,   CHECK_IN,      Helper,    STAY,        Guard::State).quiet(),
    step(ON_SCENE,   WELFARE_ALARM, System,    STAY,        Guard::State).quiet(),
    step(ON_SCENE,   DISPATCH,      DESK,      STAY,        Guard::State).requires(&[Requirement::Responders]).quiet(),
    step(ON_SCENE,   RESOLVE,       Helper,    RESOLVED,    Guard::State).requires(&[Requirement::Sentence]),
    step(ON_SCENE,   RESOLVE,       DESK,      RESOLVED,    Guard::Version).requires(&[Requirement::Sentence]),
    step(ON_SCENE,   CALL_OFF,      DESK,      FALSE_ALARM, Guard::Version).requires(&[Requirement::Sentence]),
    step(ON_SCENE,   TAKE_IN,       System,    STAY,        Guard::None).quiet(),
    step(RESOLVED,   CALL_REOPEN,   DESK,      ANSWERED,    Guard::Version).requires(&[Requirement::Sentence]),
    step(FALSE_ALARM, CALL_REOPEN,  DESK,      ANSWERED,    Guard::Version).requires(&[Requirement::Sentence]),
    step(ANY,        NOTE,          DESK,      STAY,        Guard::None).requires(&[Requirement::Note]).internal(),
    step(ANY,        NOTE,          Helper,    STAY,        Guard::None).requires(&[Requirement::Note]).internal(),
    step(ANY,        VIEW,          DESK,      STAY,        Guard::None).internal(),
    step(ANY,        VIEW,          Helper,    STAY,        Guard::None).internal(),
];
