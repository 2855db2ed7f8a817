//! The Flow of an application (办件), after the Administrative Licensing Law (行政许可法), arts. 32, 38, 42 and 43, and the
//! Administrative Reconsideration rules for objections.

pub use crate::cases::actions::{CLAIM, HAND_OVER, NOTE, RELEASE, VIEW, WITHDRAW};
use crate::{
    account::Permission::{DecideCases, WorkOnCases},
    cases::{
        ClockName,
        flow::{
            ANY, Action, Clock,
            ClockOp::{Pause, Resume, Start, StartAsOf, Stop},
            Flow, Guard,
            Party::{Applicant, Staff, System},
            Requirement, STAY, State, StateTone, Step, step,
        },
    },
    coded_enum,
};

coded_enum! {
    /// The states of an application, in the order of its life.
    pub enum ApplicationState {
        /// Sent, waiting to be accepted (已提交).
        Submitted = "submitted",
        /// Correction asked before acceptance (待补正).
        Correcting = "correcting",
        /// Accepted, in review (审查中).
        InReview = "in_review",
        /// Correction asked during review (审查补正).
        ReviewCorrecting = "review_correcting",
        /// A grant is proposed (拟准予).
        GrantProposed = "grant_proposed",
        /// A refusal is proposed (拟不予).
        RefusalProposed = "refusal_proposed",
        /// Granted (准予).
        Granted = "granted",
        /// Refused (不予许可).
        Refused = "refused",
        /// Not accepted (不予受理).
        NotAccepted = "not_accepted",
        /// Withdrawn by the applicant (已撤回).
        Withdrawn = "withdrawn",
        /// The applicant objects to the refusal (复核中).
        Objected = "objected",
        /// The refusal was upheld (维持不予).
        RefusalUpheld = "refusal_upheld",
    }
}

impl ApplicationState {
    /// The state as the Flow names it.
    #[must_use]
    pub const fn state(self) -> State {
        State(self.code())
    }
}

/// Sent, waiting to be accepted (已提交).
pub const SUBMITTED: State = ApplicationState::Submitted.state();
/// Correction asked before acceptance (待补正).
pub const CORRECTING: State = ApplicationState::Correcting.state();
/// Accepted, in review (审查中).
pub const IN_REVIEW: State = ApplicationState::InReview.state();
/// Correction asked during review (审查补正).
pub const REVIEW_CORRECTING: State = ApplicationState::ReviewCorrecting.state();
/// A grant is proposed (拟准予).
pub const GRANT_PROPOSED: State = ApplicationState::GrantProposed.state();
/// A refusal is proposed (拟不予).
pub const REFUSAL_PROPOSED: State = ApplicationState::RefusalProposed.state();
/// Granted (准予).
pub const GRANTED: State = ApplicationState::Granted.state();
/// Refused (不予许可).
pub const REFUSED: State = ApplicationState::Refused.state();
/// Not accepted (不予受理).
pub const NOT_ACCEPTED: State = ApplicationState::NotAccepted.state();
/// Withdrawn by the applicant (已撤回).
pub const WITHDRAWN: State = ApplicationState::Withdrawn.state();
/// The applicant objects to the refusal (复核中).
pub const OBJECTED: State = ApplicationState::Objected.state();
/// The refusal was upheld (维持不予).
pub const REFUSAL_UPHELD: State = ApplicationState::RefusalUpheld.state();

/// The five working days to accept, refuse or ask once for correction (受理时限, art. 32).
pub const ACCEPTANCE: Clock = ClockName::Acceptance.clock();
/// From acceptance to the decision (办理时限, art. 42).
pub const DECISION: Clock = ClockName::Decision.clock();
/// Legal length of the acceptance clock in working days (art. 32).
pub const ACCEPTANCE_DAYS: i32 = 5;

/// Opens it.
pub const SUBMIT: Action = Action("submit");
/// Accepts it (受理).
pub const ACCEPT: Action = Action("accept");
/// Silence: the five days are over (逾期视为受理, art. 32 (4)).
pub const ACCEPT_BY_SILENCE: Action = Action("accept_by_silence");
/// Asks for correction (补正通知).
pub const ASK_CORRECTION: Action = Action("ask_correction");
/// Sends the correction (补正).
pub const CORRECT: Action = Action("correct");
/// Does not accept it (不予受理).
pub const NOT_ACCEPT: Action = Action("not_accept");
/// Proposes to grant (拟准予).
pub const PROPOSE_GRANT: Action = Action("propose_grant");
/// Proposes to refuse (拟不予).
pub const PROPOSE_REFUSAL: Action = Action("propose_refusal");
/// Approves the proposed grant (准予).
pub const APPROVE_GRANT: Action = Action("approve_grant");
/// Approves the proposed refusal (不予).
pub const APPROVE_REFUSAL: Action = Action("approve_refusal");
/// Sends the proposal back (退回复审).
pub const SEND_BACK: Action = Action("send_back");
/// Objects to a refusal (申请复核).
pub const OBJECT: Action = Action("object");
/// Upholds the refusal (维持).
pub const UPHOLD: Action = Action("uphold");
/// Reopens after an objection (撤销原决定).
pub const REOPEN: Action = Action("reopen");
/// Rates (评价).
pub const RATE: Action = Action("rate");

const WORK: crate::cases::Party = Staff(WorkOnCases);
const DECIDE: crate::cases::Party = Staff(DecideCases);

/// The life of an application.
pub static APPLICATION: Flow = Flow {
    kind: "application",
    prefix: "BJ",
    initial: SUBMITTED,
    opening: step(SUBMITTED, SUBMIT, Applicant, STAY, Guard::State).clocks(&[Start(ACCEPTANCE)]),
    steps: &STEPS,
    closed: &[GRANTED, REFUSED, NOT_ACCEPTED, WITHDRAWN, REFUSAL_UPHELD],
    page_path: "/cases",
    tones: &[
        (GRANTED, StateTone::Good),
        (CORRECTING, StateTone::Warn),
        (REVIEW_CORRECTING, StateTone::Warn),
        (REFUSED, StateTone::Bad),
        (NOT_ACCEPTED, StateTone::Bad),
        (REFUSAL_UPHELD, StateTone::Bad),
        (WITHDRAWN, StateTone::Neutral),
    ],
};

#[rustfmt::skip]
static STEPS: [Step; 41] = [
    //   from              action             by          to                 guard
    step(SUBMITTED,         CLAIM,             WORK,       STAY,              Guard::State).internal(),
    step(SUBMITTED,         RELEASE,           WORK,       STAY,              Guard::State).internal().assigned(),
    step(SUBMITTED,         HAND_OVER,         WORK,       STAY,              Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(SUBMITTED,         ACCEPT,            WORK,       IN_REVIEW,         Guard::Version).clocks(&[Stop(ACCEPTANCE), Start(DECISION)]).assigned(),
    // Accepted as of the day the materials came in, not of the day the five days were over: art. 32 (4).
    step(SUBMITTED,         ACCEPT_BY_SILENCE, System,     IN_REVIEW,         Guard::State).clocks(&[StartAsOf(DECISION, ACCEPTANCE), Stop(ACCEPTANCE)]),
    // Once, and completely: art. 32 (4). Anything still missing leads to a refusal or to a correction in review, whose clock
    // the law allows to pause as often as the decision needs something from the applicant.
    step(SUBMITTED,         ASK_CORRECTION,    WORK,       CORRECTING,        Guard::Version).clocks(&[Pause(ACCEPTANCE)]).requires(&[Requirement::CorrectionFields]).assigned().once(),
    step(SUBMITTED,         NOT_ACCEPT,        WORK,       NOT_ACCEPTED,      Guard::Version).clocks(&[Stop(ACCEPTANCE)]).requires(&[Requirement::RefusalCode, Requirement::Sentence]).assigned(),
    step(SUBMITTED,         WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(ACCEPTANCE)]),
    step(CORRECTING,        CORRECT,           Applicant,  SUBMITTED,         Guard::State).clocks(&[Resume(ACCEPTANCE)]).requires(&[Requirement::CorrectedAnswers]),
    step(CORRECTING,        WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(ACCEPTANCE)]),
    step(CORRECTING,        HAND_OVER,         WORK,       STAY,              Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(IN_REVIEW,         CLAIM,             WORK,       STAY,              Guard::State).internal(),
    step(IN_REVIEW,         RELEASE,           WORK,       STAY,              Guard::State).internal().assigned(),
    step(IN_REVIEW,         HAND_OVER,         WORK,       STAY,              Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(IN_REVIEW,         ASK_CORRECTION,    WORK,       REVIEW_CORRECTING, Guard::Version).clocks(&[Pause(DECISION)]).requires(&[Requirement::CorrectionFields]).assigned(),
    step(IN_REVIEW,         PROPOSE_GRANT,     WORK,       GRANT_PROPOSED,    Guard::Version).requires(&[Requirement::Note]).internal().assigned(),
    step(IN_REVIEW,         PROPOSE_REFUSAL,   WORK,       REFUSAL_PROPOSED,  Guard::Version).requires(&[Requirement::RefusalCode, Requirement::Sentence]).internal().assigned(),
    step(IN_REVIEW,         WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(DECISION)]),
    step(REVIEW_CORRECTING, CORRECT,           Applicant,  IN_REVIEW,         Guard::State).clocks(&[Resume(DECISION)]).requires(&[Requirement::CorrectedAnswers]),
    step(REVIEW_CORRECTING, WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(DECISION)]),
    step(REVIEW_CORRECTING, HAND_OVER,         WORK,       STAY,              Guard::State).requires(&[Requirement::Colleague]).internal(),
    step(GRANT_PROPOSED,    APPROVE_GRANT,     DECIDE,     GRANTED,           Guard::Version).clocks(&[Stop(DECISION)]).not_by(PROPOSE_GRANT),
    step(GRANT_PROPOSED,    SEND_BACK,         DECIDE,     IN_REVIEW,         Guard::Version).requires(&[Requirement::Note]).not_by(PROPOSE_GRANT).internal(),
    step(GRANT_PROPOSED,    WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(DECISION)]),
    step(REFUSAL_PROPOSED,  APPROVE_REFUSAL,   DECIDE,     REFUSED,           Guard::Version).clocks(&[Stop(DECISION)]).not_by(PROPOSE_REFUSAL),
    step(REFUSAL_PROPOSED,  SEND_BACK,         DECIDE,     IN_REVIEW,         Guard::Version).requires(&[Requirement::Note]).not_by(PROPOSE_REFUSAL).internal(),
    step(REFUSAL_PROPOSED,  WITHDRAW,          Applicant,  WITHDRAWN,         Guard::State).clocks(&[Stop(DECISION)]),
    step(REFUSED,           OBJECT,            Applicant,  OBJECTED,          Guard::State).requires(&[Requirement::Sentence]),
    step(OBJECTED,          CLAIM,             DECIDE,     STAY,              Guard::State).internal(),
    step(OBJECTED,          UPHOLD,            DECIDE,     REFUSAL_UPHELD,    Guard::Version).requires(&[Requirement::Sentence]).not_by(APPROVE_REFUSAL),
    step(OBJECTED,          REOPEN,            DECIDE,     IN_REVIEW,         Guard::Version).clocks(&[Start(DECISION)]).requires(&[Requirement::Sentence]).not_by(APPROVE_REFUSAL),
    step(OBJECTED,          WITHDRAW,          Applicant,  REFUSED,           Guard::State),
    step(GRANTED,           RATE,              Applicant,  STAY,              Guard::None).requires(&[Requirement::Score]),
    step(REFUSED,           RATE,              Applicant,  STAY,              Guard::None).requires(&[Requirement::Score]),
    step(REFUSAL_UPHELD,    RATE,              Applicant,  STAY,              Guard::None).requires(&[Requirement::Score]),
    step(NOT_ACCEPTED,      RATE,              Applicant,  STAY,              Guard::None).requires(&[Requirement::Score]),
    step(WITHDRAWN,         RATE,              Applicant,  STAY,              Guard::None).requires(&[Requirement::Score]),
    step(GRANT_PROPOSED,    CLAIM,             DECIDE,     STAY,              Guard::State).internal(),
    step(REFUSAL_PROPOSED,  CLAIM,             DECIDE,     STAY,              Guard::State).internal(),
    step(ANY,               NOTE,              WORK,       STAY,              Guard::None).requires(&[Requirement::Note]).internal(),
    step(ANY,               VIEW,              WORK,       STAY,              Guard::None).internal(),
];
