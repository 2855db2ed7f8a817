//! Views of firms, demands, offers and products.

use super::{
    codes::{Collateral, ConsentPurpose, DataCategory, LoanPurpose, OfferOutcome},
    money::Fen,
    rate::Rate,
    schedule::{DayCount, Method, Schedule},
    terms::{LoanCosts, Terms},
};
use crate::{
    cases::{ClockView, TimelineEntry},
    ids::{CaseId, EnterpriseId, OfferId, OrganisationId, ProductId},
    texts::Lang,
};
use jiff::{Timestamp, civil::Date};

/// A firm (企业) with a registered representative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The code of its district (GB/T 2260).
    pub district: String,
    /// Its industry, a section of GB/T 4754.
    pub industry: String,
    /// The day of its registration.
    pub registered_on: Date,
}

/// What a demand requests: the part that every bank may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanRequest {
    /// The amount, in fen.
    pub amount_fen: Fen,
    /// The term in months.
    pub months: u32,
    /// The purpose of the loan.
    pub purpose: LoanPurpose,
    /// The collateral of the loan.
    pub collateral: Collateral,
    /// The firm's district.
    pub district: String,
    /// The firm's industry.
    pub industry: String,
    /// The day of the firm's registration.
    pub registered_on: Date,
}

/// A demand in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandRow {
    /// Its number; none for a bank without consent.
    pub number: Option<String>,
    /// The id of its case, the cursor of the next page.
    pub key: CaseId,
    /// When it was published.
    pub opened_at: Timestamp,
    /// What it requests.
    pub request: LoanRequest,
    /// Its state.
    pub state: String,
    /// The number of open offers; for a bank, of its own.
    pub offers: i64,
}

/// A name in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Name {
    /// In this language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// An offer with its costs.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferView {
    /// Its id.
    pub id: OfferId,
    /// The bank.
    pub bank: Name,
    /// The product.
    pub product: Name,
    /// Its terms.
    pub terms: Terms,
    /// The costs for a disbursement today, or on the day of the disbursement after it.
    pub costs: LoanCosts,
    /// Further conditions; may be empty.
    pub conditions: String,
    /// The last day on which it can be accepted.
    pub valid_until: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// How it ended; none while it is open.
    pub outcome: Option<OfferOutcome>,
}

impl OfferView {
    /// Whether it can be accepted today.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        self.outcome.is_none() && self.valid_until >= today
    }
}

/// A bank's credit decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditDecision {
    /// Whether it was approved.
    pub approved: bool,
    /// A code of [`RefusalCode`](super::codes::RefusalCode); empty for an approval.
    pub code: String,
    /// The bank's sentence; empty for an approval.
    pub sentence: String,
    /// When.
    pub decided_at: Timestamp,
}

/// A bank with the consents to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankConsent {
    /// The bank's id.
    pub id: OrganisationId,
    /// Its name.
    pub bank: Name,
    /// The categories that it may read, each with its last day.
    pub given: Vec<(DataCategory, Date)>,
}

/// A row of the access log: reads of one category of the firm's data by one person at a bank on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogRow {
    /// The time of the last read.
    pub at: Timestamp,
    /// The number of reads.
    pub times: i64,
    /// The bank.
    pub bank: Name,
    /// The name of the person.
    pub who: String,
    /// The category of data.
    pub category: DataCategory,
    /// The purpose of the consent.
    pub purpose: ConsentPurpose,
}

/// A demand as its firm sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandView {
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i32,
    /// Its state.
    pub state: String,
    /// The firm.
    pub enterprise: Enterprise,
    /// What it requests.
    pub request: LoanRequest,
    /// The firm's description.
    pub story: String,
    /// The banks that can be given consent: every bank while offers are open, later the bank of the accepted offer.
    pub banks: Vec<BankConsent>,
    /// The offers, the cheapest first.
    pub offers: Vec<OfferView>,
    /// The bank's credit decision.
    pub decision: Option<CreditDecision>,
    /// When the loan was disbursed.
    pub disbursed_on: Option<Date>,
    /// A page of the access log, the newest first.
    pub reads: Vec<AccessLogRow>,
    /// The cursor of the next page of the access log, if there is one.
    pub earlier: Option<String>,
    /// The actions that are allowed now.
    pub allowed: Vec<String>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// Its events.
    pub timeline: Vec<TimelineEntry>,
    /// Today in the city.
    pub today: Date,
}

impl DemandView {
    /// Whether an action is allowed now.
    #[must_use]
    pub fn may(&self, action: crate::cases::Action) -> bool {
        self.allowed.iter().any(|a| a == action.0)
    }

    /// The accepted offer.
    #[must_use]
    pub fn accepted(&self) -> Option<&OfferView> {
        self.offers.iter().find(|o| o.outcome == Some(OfferOutcome::Accepted))
    }

    /// The schedule of the disbursed loan.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.disbursed_on.and_then(|_| self.accepted()).map(|o| &o.costs.schedule)
    }
}

/// A product of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// The bank.
    pub bank: Name,
    /// Its name.
    pub name: Name,
    /// The smallest and the largest amount, in fen.
    pub amounts: (Fen, Fen),
    /// The shortest and the longest term, in months.
    pub months: (u32, u32),
    /// The repayment methods.
    pub methods: Vec<Method>,
    /// How interest is counted.
    pub day_count: DayCount,
    /// The lowest and the highest annual rate.
    pub rates: (Rate, Rate),
    /// The free part of its quota, in fen.
    pub free_fen: Fen,
}

/// A product as its bank manages it.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedProduct {
    /// Its terms.
    pub product: Product,
    /// Its quota, in fen.
    pub quota_fen: Fen,
    /// Whether offers can be made on it.
    pub offered: bool,
}

/// Data that was read by consent.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentedData {
    /// The category.
    pub category: DataCategory,
    /// The data.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// The findings of a round of due diligence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diligence {
    /// The findings.
    pub findings: String,
    /// Who submitted them.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why they were sent back.
    pub sent_back: Option<String>,
}

/// A demand as a bank sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct BankView {
    /// Its number.
    pub number: String,
    /// Its version; none while offers are open.
    pub version: Option<i32>,
    /// Its state.
    pub state: String,
    /// What it requests.
    pub request: LoanRequest,
    /// The data that the firm consented to.
    pub consented: Vec<ConsentedData>,
    /// The bank's own offers, the newest first.
    pub offers: Vec<OfferView>,
    /// The bank's products.
    pub products: Vec<Product>,
    /// The rounds of its due diligence.
    pub diligence: Vec<Diligence>,
    /// Its credit decision.
    pub decision: Option<CreditDecision>,
    /// When the loan was disbursed.
    pub disbursed_on: Option<Date>,
    /// The actions that are allowed now.
    pub allowed: Vec<String>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// Today in the city.
    pub today: Date,
}

impl BankView {
    /// Whether an action is allowed now.
    #[must_use]
    pub fn may(&self, action: crate::cases::Action) -> bool {
        self.allowed.iter().any(|a| a == action.0)
    }
}
