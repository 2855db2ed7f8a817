//! What is shown of firms, demands and offers.

use super::{
    money::Fen,
    rate::Rate,
    schedule::{DayCount, Method, Schedule},
    terms::{Reckoning, Terms},
};
use crate::{
    cases::{ClockView, TimelineEntry},
    ids::{CaseId, EnterpriseId, OfferId, OrganisationId, ProductId},
    texts::Lang,
};
use jiff::{Timestamp, civil::Date};

/// A firm that somebody represents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    /// Its key.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its district, GB/T 2260.
    pub district: String,
    /// Section of GB/T 4754.
    pub industry: String,
    /// Since when it exists.
    pub registered_on: Date,
}

/// What a demand asks for: what every bank may see of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The amount, in fen.
    pub amount_fen: Fen,
    /// The term in months.
    pub months: u32,
    /// One of [`super::life::PURPOSES`].
    pub purpose: String,
    /// One of [`super::life::COLLATERALS`].
    pub collateral: String,
    /// The firm's district.
    pub district: String,
    /// The firm's industry.
    pub industry: String,
    /// Since when the firm exists.
    pub registered_on: Date,
}

/// A demand in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandRow {
    /// Its number; none for a bank without consent.
    pub number: Option<String>,
    /// Its key, for the next page.
    pub key: CaseId,
    /// When it was published.
    pub opened_at: Timestamp,
    /// What it asks for.
    pub asked: Asked,
    /// Its state.
    pub state: String,
    /// Whether the reader's bank has a live offer; for the firm: how many offers are live.
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

/// An offer with what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferView {
    /// Its key.
    pub id: OfferId,
    /// Whose it is.
    pub bank: Name,
    /// On which product.
    pub product: Name,
    /// Its terms.
    pub terms: Terms,
    /// What they come to, if paid out today; since the payment, on that day.
    pub reckoned: Reckoning,
    /// What the bank asks besides; may be empty.
    pub conditions: String,
    /// The last day on which it can be accepted.
    pub valid_until: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// How it ended; none while it is live.
    pub outcome: Option<String>,
}

impl OfferView {
    /// Whether it can be accepted today.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        self.outcome.is_none() && self.valid_until >= today
    }
}

/// What a bank decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditDecision {
    /// Whether it was approved.
    pub approved: bool,
    /// One of [`super::life::REFUSAL_CODES`]; empty for an approval.
    pub code: String,
    /// The bank's sentence; empty for an approval.
    pub sentence: String,
    /// When.
    pub decided_at: Timestamp,
}

/// A bank and what it may read of a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankConsent {
    /// The bank's key.
    pub id: OrganisationId,
    /// Its name.
    pub bank: Name,
    /// Categories that it may read, with the day until which.
    pub given: Vec<(String, Date)>,
}

/// Reads of the firm's data by somebody at a bank, of one category on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// When, the last time.
    pub at: Timestamp,
    /// How often that day.
    pub times: i64,
    /// Which bank.
    pub bank: Name,
    /// Who there.
    pub who: String,
    /// Which category.
    pub category: String,
    /// For what, as the consent says.
    pub purpose: String,
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
    /// What it asks for.
    pub asked: Asked,
    /// What the firm tells.
    pub story: String,
    /// The banks that can be consented to, with what each may read: every bank while offers are open, then the one whose
    /// offer is accepted.
    pub banks: Vec<BankConsent>,
    /// Every offer, the cheapest first.
    pub offers: Vec<OfferView>,
    /// What the bank decided.
    pub decision: Option<CreditDecision>,
    /// When it was paid out.
    pub disbursed_on: Option<Date>,
    /// A page of reads, the newest first.
    pub reads: Vec<ReadRow>,
    /// Where the reads before them begin, if there are any.
    pub earlier: Option<String>,
    /// What may be done, by action.
    pub allowed: Vec<String>,
    /// How its clock stands.
    pub clocks: Vec<ClockView>,
    /// What happened.
    pub timeline: Vec<TimelineEntry>,
    /// The city's day.
    pub today: Date,
}

impl DemandView {
    /// Whether this may be done now.
    #[must_use]
    pub fn may(&self, action: crate::cases::Action) -> bool {
        self.allowed.iter().any(|a| a == action.0)
    }

    /// The accepted offer.
    #[must_use]
    pub fn accepted(&self) -> Option<&OfferView> {
        self.offers.iter().find(|o| o.outcome.as_deref() == Some("accepted"))
    }

    /// The schedule of what was paid out.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.disbursed_on.and_then(|_| self.accepted()).map(|o| &o.reckoned.schedule)
    }
}

/// A product of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its key.
    pub id: ProductId,
    /// Whose.
    pub bank: Name,
    /// Its name.
    pub name: Name,
    /// From and to, in fen.
    pub amounts: (Fen, Fen),
    /// From and to, in months.
    pub months: (u32, u32),
    /// How it can be paid back.
    pub methods: Vec<Method>,
    /// How interest is counted.
    pub day_count: DayCount,
    /// From and to, a year.
    pub rates: (Rate, Rate),
    /// What is left of its quota, in fen.
    pub free_fen: Fen,
}

/// A product as its bank keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptProduct {
    /// What it allows.
    pub product: Product,
    /// What it may come to in all, in fen.
    pub quota_fen: Fen,
    /// Whether offers can be made on it.
    pub offered: bool,
}

/// What was read by consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Consented {
    /// One of [`super::life::CATEGORIES`].
    pub category: String,
    /// What it says.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// What the bank's people found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diligence {
    /// Their findings.
    pub findings: String,
    /// Who handed them in.
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
    /// What it asks for.
    pub asked: Asked,
    /// What the firm consented to.
    pub consented: Vec<Consented>,
    /// The bank's own offers, the newest first.
    pub offers: Vec<OfferView>,
    /// The bank's products.
    pub products: Vec<Product>,
    /// Its findings, round by round.
    pub diligence: Vec<Diligence>,
    /// What it decided.
    pub decision: Option<CreditDecision>,
    /// When it was paid out.
    pub disbursed_on: Option<Date>,
    /// What may be done, by action.
    pub allowed: Vec<String>,
    /// How its clock stands.
    pub clocks: Vec<ClockView>,
    /// The city's day.
    pub today: Date,
}

impl BankView {
    /// Whether this may be done now.
    #[must_use]
    pub fn may(&self, action: crate::cases::Action) -> bool {
        self.allowed.iter().any(|a| a == action.0)
    }
}
