//! What each action on a financing demand is given. Amounts are in yuan, as typed.

use super::life;
use crate::Lang;
use crate::cases::action::ticked_values;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

crate::action_inputs! {
    /// Consents to what a bank may read.
    GiveConsent = life::GIVE_CONSENT, {
        /// The bank's organisation.
        bank: String,
        /// Categories of data, of [`life::CATEGORIES`].
        #[serde(deserialize_with = "ticked_values")]
        categories: BTreeSet<String>,
        /// The language in which the wording was shown.
        lang: Lang,
    };
    /// Takes a bank's consent back.
    WithdrawConsent = life::WITHDRAW_CONSENT, {
        /// The bank's organisation.
        bank: String,
    };
    /// A bank makes an offer.
    MakeOffer = life::MAKE_OFFER, {
        /// The product it is made on.
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
        /// The last day of the offer (ISO 8601).
        valid_until: String,
        /// Conditions in words, at most 1000 characters.
        conditions: String,
    };
    /// A bank takes its offer back.
    WithdrawOffer = life::WITHDRAW_OFFER;
    /// Ends offers whose day is over.
    LapseOffers = life::LAPSE_OFFERS;
    /// Ends consents whose day is over.
    LapseConsents = life::LAPSE_CONSENTS;
    /// Accepts one offer.
    TakeOffer = life::TAKE_OFFER, {
        /// The offer's id.
        offer: String,
    };
    /// Hands the findings in for decision.
    SubmitDiligence = life::SUBMIT_DILIGENCE, {
        /// The findings, 5 to 1000 characters.
        sentence: String,
    };
    /// Sends the findings back.
    ReturnDiligence = life::RETURN_DILIGENCE, {
        /// Why, 5 to 1000 characters.
        sentence: String,
    };
    /// Approves the credit.
    ApproveCredit = life::APPROVE_CREDIT;
    /// Refuses the credit.
    RefuseCredit = life::REFUSE_CREDIT, {
        /// One of [`life::REFUSAL_CODES`].
        code: String,
        /// The sentence to the firm, 5 to 1000 characters.
        sentence: String,
    };
    /// Pays the credit out.
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
    /// The least principal.
    pub min_amount: String,
    /// The highest principal.
    pub max_amount: String,
    /// The shortest term in months.
    pub min_months: String,
    /// The longest term in months.
    pub max_months: String,
    /// The day count's code.
    pub day_count: String,
    /// The lowest nominal annual rate.
    pub min_rate: String,
    /// The highest nominal annual rate.
    pub max_rate: String,
    /// The sum of all that may be promised.
    pub quota: String,
    /// Ticked repayment methods, by code.
    #[serde(flatten)]
    pub methods: BTreeMap<String, String>,
}
