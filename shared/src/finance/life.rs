//! Life of a financing demand (融资需求), from its publication to the money.
//!
//! Banks are drawn into the case by the firm's consent and leave it when that is withdrawn or another's offer is
//! accepted; so in a state after the acceptance, who is drawn in is the one bank that lends.

use super::codes::{Collateral, ConsentPurpose, DataCategory, LoanPurpose, RefusalCode};
use crate::{
    account::Permission::{DecideCredit, MakeOffers},
    cases::ClockName,
    cases::flow::{
        ANY, Action, Clock,
        ClockOp::{Start, Stop},
        Demand, Flow, Guard,
        Party::{self, Applicant, Joined, System},
        STAY, State, Step, step,
    },
    coded_enum,
};

pub use crate::cases::actions::{VIEW, WITHDRAW};

coded_enum! {
    /// The states of a demand, in the order of its life.
    pub enum DemandState {
        /// Published: banks may make offers (已发布).
        Published = "published",
        /// An offer is accepted, the bank looks closer (尽职调查中).
        Diligence = "diligence",
        /// The bank's second pair of eyes decides (授信审批中).
        CreditReview = "credit_review",
        /// Approved, not paid out yet (已授信).
        CreditApproved = "credit_approved",
        /// Refused (未获授信).
        CreditRefused = "credit_refused",
        /// Paid out (已放款).
        Disbursed = "disbursed",
        /// Withdrawn by the firm (已撤回).
        Withdrawn = "withdrawn",
    }
}

impl DemandState {
    /// The state as the Flow names it.
    #[must_use]
    pub const fn state(self) -> State {
        State(self.code())
    }
}

/// Published: banks may make offers (已发布).
pub const PUBLISHED: State = DemandState::Published.state();
/// An offer is accepted, the bank looks closer (尽职调查中).
pub const DILIGENCE: State = DemandState::Diligence.state();
/// The bank's second pair of eyes decides (授信审批中).
pub const CREDIT_REVIEW: State = DemandState::CreditReview.state();
/// Approved, not paid out yet (已授信).
pub const CREDIT_APPROVED: State = DemandState::CreditApproved.state();
/// Refused (未获授信).
pub const CREDIT_REFUSED: State = DemandState::CreditRefused.state();
/// Paid out (已放款).
pub const DISBURSED: State = DemandState::Disbursed.state();
/// Withdrawn by the firm (已撤回).
pub const WITHDRAWN: State = DemandState::Withdrawn.state();

/// From the acceptance of an offer to the money, at most seven working days (融资办结时限).
pub const FINANCING: Clock = ClockName::Financing.clock();
/// Its length in working days: what the city promises of the whole road.
pub const FINANCING_DAYS: i32 = 7;

/// Opens it (发布需求).
pub const PUBLISH: Action = Action("publish");
/// Consents to what a bank may read (授权).
pub const GIVE_CONSENT: Action = Action("give_consent");
/// Takes a bank's consent back (撤回授权).
pub const WITHDRAW_CONSENT: Action = Action("withdraw_consent");
/// A bank makes an offer (报价).
pub const MAKE_OFFER: Action = Action("make_offer");
/// A bank takes its offer back (撤回报价).
pub const WITHDRAW_OFFER: Action = Action("withdraw_offer");
/// Ends offers whose day is over (报价到期).
pub const LAPSE_OFFERS: Action = Action("lapse_offers");
/// Banks whose every consent has run out leave, with their offers (授权到期).
pub const LAPSE_CONSENTS: Action = Action("lapse_consents");
/// Accepts one offer; the others are declined (接受报价).
pub const TAKE_OFFER: Action = Action("take_offer");
/// Hands the findings in for decision (提交尽调).
pub const SUBMIT_DILIGENCE: Action = Action("submit_diligence");
/// Sends the findings back (退回尽调).
pub const RETURN_DILIGENCE: Action = Action("return_diligence");
/// Approves the credit (同意授信).
pub const APPROVE_CREDIT: Action = Action("approve_credit");
/// Refuses it (不予授信).
pub const REFUSE_CREDIT: Action = Action("refuse_credit");
/// Pays out (放款).
pub const DISBURSE: Action = Action("disburse");

const OFFERS: Party = Joined(MakeOffers);
const DECIDES: Party = Joined(DecideCredit);

/// The life of a demand.
pub static DEMAND: Flow = Flow {
    kind: "demand",
    prefix: "RT",
    initial: PUBLISHED,
    opening: step(PUBLISHED, PUBLISH, Applicant, STAY, Guard::State),
    steps: &STEPS,
    closed: &[CREDIT_REFUSED, DISBURSED, WITHDRAWN],
};

#[rustfmt::skip]
static STEPS: [Step; 20] = [
    //   from            action            by         to               guard
    step(PUBLISHED,      GIVE_CONSENT,     Applicant, STAY,            Guard::State).demands(&[Demand::Consent]).quiet(),
    step(PUBLISHED,      MAKE_OFFER,       OFFERS,    STAY,            Guard::State).demands(&[Demand::Terms]),
    step(PUBLISHED,      WITHDRAW_OFFER,   OFFERS,    STAY,            Guard::State),
    step(PUBLISHED,      LAPSE_OFFERS,     System,    STAY,            Guard::State).quiet(),
    step(PUBLISHED,      LAPSE_CONSENTS,   System,    STAY,            Guard::State).quiet(),
    step(PUBLISHED,      TAKE_OFFER,       Applicant, DILIGENCE,       Guard::Version).clocks(&[Start(FINANCING)]).demands(&[Demand::Offer]),
    step(PUBLISHED,      WITHDRAW,         Applicant, WITHDRAWN,       Guard::State),
    // What ran out or was taken back while the bank looks closer can be given again, to the bank whose offer is accepted.
    step(DILIGENCE,      GIVE_CONSENT,     Applicant, STAY,            Guard::State).demands(&[Demand::Consent]).quiet(),
    step(CREDIT_REVIEW,  GIVE_CONSENT,     Applicant, STAY,            Guard::State).demands(&[Demand::Consent]).quiet(),
    step(CREDIT_APPROVED, GIVE_CONSENT,    Applicant, STAY,            Guard::State).demands(&[Demand::Consent]).quiet(),
    step(DILIGENCE,      SUBMIT_DILIGENCE, OFFERS,    CREDIT_REVIEW,   Guard::Version).demands(&[Demand::Sentence]).internal(),
    step(DILIGENCE,      WITHDRAW,         Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    step(CREDIT_REVIEW,  APPROVE_CREDIT,   DECIDES,   CREDIT_APPROVED, Guard::Version).never_by(SUBMIT_DILIGENCE),
    step(CREDIT_REVIEW,  REFUSE_CREDIT,    DECIDES,   CREDIT_REFUSED,  Guard::Version).clocks(&[Stop(FINANCING)]).demands(&[Demand::RefusalCode, Demand::Sentence]).never_by(SUBMIT_DILIGENCE),
    step(CREDIT_REVIEW,  RETURN_DILIGENCE, DECIDES,   DILIGENCE,       Guard::Version).demands(&[Demand::Sentence]).never_by(SUBMIT_DILIGENCE).internal(),
    step(CREDIT_REVIEW,  WITHDRAW,         Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    step(CREDIT_APPROVED, DISBURSE,        OFFERS,    DISBURSED,       Guard::Version).clocks(&[Stop(FINANCING)]),
    step(CREDIT_APPROVED, WITHDRAW,        Applicant, WITHDRAWN,       Guard::State).clocks(&[Stop(FINANCING)]),
    // As easy as giving it, and as long as anything could be read. While offers are open, a bank without any consent
    // leaves the case; later it stays by its accepted offer, and only the reading stops.
    step(ANY,            WITHDRAW_CONSENT, Applicant, STAY,            Guard::None).demands(&[Demand::Consent]).quiet(),
    step(ANY,            VIEW,             OFFERS,    STAY,            Guard::None).internal(),
];

/// Why a bank may refuse (不予授信原因); each has words in both languages and says what would change it.
pub const REFUSAL_CODES: [&str; 6] = [
    RefusalCode::CashFlow.code(),
    RefusalCode::Debts.code(),
    RefusalCode::TaxRecord.code(),
    RefusalCode::Collateral.code(),
    RefusalCode::TooYoung.code(),
    RefusalCode::Other.code(),
];
/// What a loan is for (用途).
pub const PURPOSES: [&str; 4] =
    [LoanPurpose::WorkingCapital.code(), LoanPurpose::Equipment.code(), LoanPurpose::Renewal.code(), LoanPurpose::Orders.code()];
/// What secures it (担保方式).
pub const COLLATERALS: [&str; 4] =
    [Collateral::None.code(), Collateral::Guarantee.code(), Collateral::Property.code(), Collateral::Invoices.code()];
/// Categories of data that a firm consents to (授权内容), in the order of the form.
pub const CATEGORIES: [&str; 4] =
    [DataCategory::Firm.code(), DataCategory::Story.code(), DataCategory::Tax.code(), DataCategory::Insured.code()];
/// The only purpose of a consent there is.
pub const ASSESS: &str = ConsentPurpose::AssessDemand.code();
/// How long a consent holds, in days.
pub const CONSENT_DAYS: i32 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_codes_are_those_of_the_enums() {
        assert!(REFUSAL_CODES.into_iter().eq(RefusalCode::ALL.iter().map(|c| c.code())));
        assert!(PURPOSES.into_iter().eq(LoanPurpose::ALL.iter().map(|c| c.code())));
        assert!(COLLATERALS.into_iter().eq(Collateral::ALL.iter().map(|c| c.code())));
        assert!(CATEGORIES.into_iter().eq(DataCategory::ALL.iter().map(|c| c.code())));
    }
}
