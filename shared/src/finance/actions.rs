//! Inputs of the actions on a demand (a firm's request for a loan), and the form of a bank's product. Amounts are in yuan, as typed.

use super::life;
use crate::Lang;
use crate::cases::action::ticked_values;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

// Defines a struct for each action; its `ACTION` is the constant after `=`.
crate::action_inputs! {
    /// Gives a bank consent to read data.
    GiveConsent = life::GIVE_CONSENT, {
        /// The id of the bank's organisation.
        bank: String,
        /// Codes of [`DataCategory`](super::codes::DataCategory).
        #[serde(deserialize_with = "ticked_values")]
        categories: BTreeSet<String>,
        /// The language of the text that was shown.
        lang: Lang,
    };
    /// Withdraws the consents of a bank.
    WithdrawConsent = life::WITHDRAW_CONSENT, {
        /// The id of the bank's organisation.
        bank: String,
    };
    /// A bank makes an offer.
    MakeOffer = life::MAKE_OFFER, {
        /// The product.
        product: String,
        /// The principal.
        amount: String,
        /// The term in months.
        months: String,
        /// The repayment method's code.
        method: String,
        /// The nominal annual rate in percent.
        rate: String,
        /// Months without repayment of principal; empty for none.
        grace: String,
        /// The service fee; empty for none.
        service_fee: String,
        /// The guarantee fee; empty for none.
        guarantee: String,
        /// The last day on which it can be accepted (ISO 8601).
        valid_until: String,
        /// Further conditions, at most 1000 characters.
        conditions: String,
    };
    /// A bank withdraws its offer.
    WithdrawOffer = life::WITHDRAW_OFFER;
    /// Closes offers whose last day is over.
    LapseOffers = life::LAPSE_OFFERS;
    /// Ends consents whose last day is over.
    LapseConsents = life::LAPSE_CONSENTS;
    /// Accepts one offer.
    TakeOffer = life::TAKE_OFFER, {
        /// The offer's id.
        offer: String,
    };
    /// Submits the findings of the due diligence for decision.
    SubmitDiligence = life::SUBMIT_DILIGENCE, {
        /// The findings, 5 to 1000 characters.
        sentence: String,
    };
    /// Returns the findings to the officer.
    ReturnDiligence = life::RETURN_DILIGENCE, {
        /// The reason, 5 to 1000 characters.
        sentence: String,
    };
    /// Approves the credit.
    ApproveCredit = life::APPROVE_CREDIT;
    /// Refuses the credit.
    RefuseCredit = life::REFUSE_CREDIT, {
        /// A code of [`RefusalCode`](super::codes::RefusalCode).
        code: String,
        /// The explanation for the firm, 5 to 1000 characters.
        sentence: String,
    };
    /// Disburses the loan.
    Disburse = life::DISBURSE;
}

/// A bank's product as its form posts it. Amounts are in yuan and rates in percent, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The lowest principal.
    pub min_amount: String,
    /// The highest principal.
    pub max_amount: String,
    /// The shortest term in months.
    pub min_months: String,
    /// The longest term in months.
    pub max_months: String,
    /// The code of the day-count convention (30/360, …).
    pub day_count: String,
    /// The lowest nominal annual rate.
    pub min_rate: String,
    /// The highest nominal annual rate.
    pub max_rate: String,
    /// The quota: the sum of all loans that may be reserved or disbursed.
    pub quota: String,
    /// The ticked repayment methods, with their codes as keys. All other posted fields that are not named above are here, too.
    #[serde(flatten)]
    pub methods: BTreeMap<String, String>,
}
