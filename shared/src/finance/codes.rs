//! The fixed sets of codes of finance, as stored and posted.

use crate::coded_enum;

coded_enum! {
    /// The purpose of a loan (用途).
    pub enum LoanPurpose {
        /// Working capital (流动资金).
        WorkingCapital = "working_capital",
        /// Equipment (购置设备).
        Equipment = "equipment",
        /// Renewal of an earlier loan (续贷).
        Renewal = "renewal",
        /// Orders to be filled (订单).
        Orders = "orders",
    }
}

coded_enum! {
    /// The collateral of a loan (担保方式).
    pub enum Collateral {
        /// Nothing (信用).
        None = "none",
        /// A guarantor (保证).
        Guarantee = "guarantee",
        /// Property (抵押).
        Property = "property",
        /// Invoices (应收账款).
        Invoices = "invoices",
    }
}

coded_enum! {
    /// Why a bank may refuse a credit (不予授信原因).
    pub enum RefusalCode {
        /// The cash flow does not cover the instalments.
        CashFlow = "cash_flow",
        /// Too many debts.
        Debts = "debts",
        /// The tax record.
        TaxRecord = "tax_record",
        /// The collateral.
        Collateral = "collateral",
        /// The firm is too young.
        TooYoung = "too_young",
        /// Another reason.
        Other = "other",
    }
}

coded_enum! {
    /// A category of data that a firm consents to (授权内容), in the order of the form.
    pub enum DataCategory {
        /// The entry in the legal-entity register (法人登记).
        Firm = "firm",
        /// The firm's description of its demand.
        Story = "story",
        /// Taxes paid and the tax grade (纳税).
        Tax = "tax",
        /// The number of insured employees (参保).
        Insured = "insured",
    }
}

coded_enum! {
    /// The purpose of a consent (授权用途).
    pub enum ConsentPurpose {
        /// Assessing the demand (评估融资需求).
        AssessDemand = "assess_demand",
    }
}

coded_enum! {
    /// Why a consent ended, as stored in `finance_consent.end_reason`.
    pub enum ConsentEnd {
        /// The firm withdrew it (撤回).
        Withdrawn = "withdrawn",
        /// Its last day is over (到期).
        Expired = "expired",
        /// A later consent replaced it (续期).
        Renewed = "renewed",
        /// The offer of another bank was accepted.
        Declined = "declined",
        /// The demand was withdrawn.
        DemandWithdrawn = "demand_withdrawn",
    }
}

coded_enum! {
    /// How an offer (报价) ended, as stored in `offer.outcome`; null while it is open.
    pub enum OfferOutcome {
        /// The firm accepted it (已接受).
        Accepted = "accepted",
        /// The firm accepted another one, or withdrew the demand (未选中).
        Declined = "declined",
        /// The bank withdrew it (已撤回).
        Withdrawn = "withdrawn",
        /// Its last day is over (已过期).
        Lapsed = "lapsed",
    }
}

coded_enum! {
    /// A bank's credit decision (授信审批), as stored in `credit_decision.outcome`.
    pub enum CreditOutcome {
        /// Approved (同意授信).
        Approved = "approved",
        /// Refused (不予授信).
        Refused = "refused",
    }
}
