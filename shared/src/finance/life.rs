//! The flow of a demand, the request of a firm for a loan (融资需求), from its publication to the disbursement.
//!
//! Banks join the case by the firm's consent and leave it when the consent ends or the offer of another bank is accepted.
//! After the acceptance of an offer, its bank is the only one in the case.

use crate::{
    account::Permission::{DecideCredit, MakeOffers},
    cases::ClockName,
    cases::flow::{
        ANY, Action, Clock,
        ClockOp::{Start, Stop},
        Flow, Guard,
        Party::{self, Applicant, Joined, System},
        Requirement, STAY, State, StateTone, Step, step,
    },
    coded_enum,
};

pub use crate::cases::actions::{VIEW, WITHDRAW};

// The states are also named in SQL: the functions of 0008_finance.sql, the policy `cases_banks`, the index `cases_demands`.
coded_enum! {
    /// The states of a demand, in the order of the flow.
    pub enum DemandState {
        /// Published: banks may make offers (已发布).
        Published = "published",
        /// An offer is accepted; the bank does its due diligence (尽职调查中).
        Diligence = "diligence",
        /// A second person at the bank decides (授信审批中).
        CreditReview = "credit_review",
        /// Approved, not disbursed yet (已授信).
        CreditApproved = "credit_approved",
        /// Refused (未获授信).
        CreditRefused = "credit_refused",
        /// Disbursed (已放款).
        Disbursed = "disbursed",
        /// Withdrawn by the firm (已撤回).
        Withdrawn = "withdrawn",
    }
}

impl DemandState {
    /// The state in the flow.
    #[must_use]
    pub const fn state(self) -> State {
        State(self.code())
    }

    /// Whether banks can make offers, so that any bank may be given consent.
    #[must_use]
    pub const fn takes_offers(self) -> bool {
        match self {
            Self::Published => true,
            Self::Diligence
            | Self::CreditReview
            | Self::CreditApproved
            | Self::CreditRefused
            | Self::Disbursed
            | Self::Withdrawn => false,
        }
    }
}

/// Published: banks may make offers (已发布).
pub const PUBLISHED: State = DemandState::Published.state();
/// An offer is accepted; the bank does its due diligence (尽职调查中).
pub const DILIGENCE: State = DemandState::Diligence.state();
/// A second person at the bank decides (授信审批中).
pub const CREDIT_REVIEW: State = DemandState::CreditReview.state();
/// Approved, not disbursed yet (已授信).
pub const CREDIT_APPROVED: State = DemandState::CreditApproved.state();
/// Refused (未获授信).
pub const CREDIT_REFUSED: State = DemandState::CreditRefused.state();
/// Disbursed (已放款).
pub const DISBURSED: State = DemandState::Disbursed.state();
/// Withdrawn by the firm (已撤回).
pub const WITHDRAWN: State = DemandState::Withdrawn.state();

/// The clock from the acceptance of an offer to the disbursement (融资办结时限).
pub const FINANCING: Clock = ClockName::Financing.clock();
/// The limit of that clock in working days, as the city promises.
pub const FINANCING_DAYS: i32 = 7;

/// Publishes the demand, which opens the case (发布需求).
pub const PUBLISH: Action = Action("publish");
/// Gives a bank consent to read data (授权).
pub const GIVE_CONSENT: Action = Action("give_consent");
/// Withdraws the consents of a bank (撤回授权).
pub const WITHDRAW_CONSENT: Action = Action("withdraw_consent");
/// A bank makes an offer (报价).
pub const MAKE_OFFER: Action = Action("make_offer");
/// A bank withdraws its offer (撤回报价).
pub const WITHDRAW_OFFER: Action = Action("withdraw_offer");
/// Closes offers whose last day is over (报价到期).
pub const LAPSE_OFFERS: Action = Action("lapse_offers");
/// Ends expired consents; banks without any other leave the case and their offers are closed (授权到期).
pub const LAPSE_CONSENTS: Action = Action("lapse_consents");
/// Accepts one offer; the others are declined (接受报价).
pub const TAKE_OFFER: Action = Action("take_offer");
/// Submits the findings for decision (提交尽调).
pub const SUBMIT_DILIGENCE: Action = Action("submit_diligence");
/// Returns the findings to the officer (退回尽调).
pub const RETURN_DILIGENCE: Action = Action("return_diligence");
/// Approves the credit (同意授信).
pub const APPROVE_CREDIT: Action = Action("approve_credit");
/// Refuses the credit (不予授信).
pub const REFUSE_CREDIT: Action = Action("refuse_credit");
/// Disburses the loan (放款).
pub const DISBURSE: Action = Action("disburse");

/// Staff with this permission in a bank that takes part in the case.
const OFFICER: Party = Joined(MakeOffers);
/// The same for the decision on the credit.
const DECIDER: Party = Joined(DecideCredit);

/// The flow of a demand.
pub static DEMAND: Flow = Flow {
    kind: "demand",
    prefix: "RT", // 融通
    initial: PUBLISHED,
    opening: step(PUBLISHED, PUBLISH, Applicant, STAY, Guard::State),
    steps: &STEPS,
    closed: &[CREDIT_REFUSED, DISBURSED, WITHDRAWN],
    page_path: "/finance/demands",
    tones: &[
        (CREDIT_APPROVED, StateTone::Good),
        (DISBURSED, StateTone::Good),
        (CREDIT_REFUSED, StateTone::Bad),
        (WITHDRAWN, StateTone::Neutral),
    ],
};

// `quiet`: no notices are sent. `internal`: not shown to the firm. `Guard` says what protects a step against a concurrent change.
#[rustfmt::skip]
static STEPS: [Step; 20] = [
    //   from            action            by         to               guard
    step(PUBLISHED,      GIVE_CONSENT,     Applicant, STAY,            Guard::State).requires(&[Requirement::Consent]).quiet(),
    step(PUBLISHED,      MAKE_OFFER,       OFFICER,   STAY,            Guard::State).requires(&[Requirement::Terms]),
    step(PUBLISHED,      WITHDRAW_OFFER,   OFFICER,   STAY,            Guard::State),
    step(PUBLISHED,      LAPSE_OFFERS,     System,    STAY,            Guard::State).quiet(),
    step(PUBLISHED,      LAPSE_CONSENTS,   System,    STAY,            Guard::State).quiet(),
    step(PUBLISHED,      TAKE_OFFER,       Applicant, DILIGENCE,       Guard::Version).clocks(&[Start(FINANCING)]).requires(&[Requirement::Offer]),
    step(PUBLISHED,      WITHDRAW,         Applicant, WITHDRAWN,       Guard::State),
    // Consent that expired or was withdrawn during the due diligence can be given again, to the bank of the accepted offer.
    step(DILIGENCE,      GIVE_CONSENT,     Applicant, STAY,            Guard::State).requires(&[Requirement::Consent]).quiet(),
    step(CREDIT_REVIEW,  GIVE_CONSENT,     Applicant, STAY,            Guard::State).requires(&[Requirement::Consent]).quiet(),
    step(CREDIT_APPROVED, GIVE_CONSENT,    Applicant, STAY,            Guard::State).requires(&[Requirement::Consent]).quiet(),
    step(DILIGENCE,      SUBMIT_DILIGENCE, OFFICER,   CREDIT_REVIEW,   Guard::Version).requires(&[Requirement::Sentence]).internal(),
    step(DILIGENCE,      WITHDRAW,         Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    step(CREDIT_REVIEW,  APPROVE_CREDIT,   DECIDER,   CREDIT_APPROVED, Guard::Version).never_by(SUBMIT_DILIGENCE),
    step(CREDIT_REVIEW,  REFUSE_CREDIT,    DECIDER,   CREDIT_REFUSED,  Guard::Version).clocks(&[Stop(FINANCING)]).requires(&[Requirement::RefusalCode, Requirement::Sentence]).never_by(SUBMIT_DILIGENCE),
    step(CREDIT_REVIEW,  RETURN_DILIGENCE, DECIDER,   DILIGENCE,       Guard::Version).requires(&[Requirement::Sentence]).never_by(SUBMIT_DILIGENCE).internal(),
    step(CREDIT_REVIEW,  WITHDRAW,         Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    step(CREDIT_APPROVED, DISBURSE,        OFFICER,   DISBURSED,       Guard::Version).clocks(&[Stop(FINANCING)]),
    step(CREDIT_APPROVED, WITHDRAW,        Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    // Possible in every state, so that withdrawing is as easy as giving. While offers are open, a bank without any consent
    // leaves the case; later it stays, because its offer was accepted, but can no longer read the data.
    step(ANY,            WITHDRAW_CONSENT, Applicant, STAY,            Guard::None).requires(&[Requirement::Consent]).quiet(),
    // A member of the bank's staff opened the demand; recorded once a day.
    step(ANY,            VIEW,             OFFICER,   STAY,            Guard::None).internal(),
];

/// The validity of a consent in days.
pub const CONSENT_DAYS: i32 = 90;
