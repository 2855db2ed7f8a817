//! The tables of `finance` as sea-orm entities.

pub mod bank_product;
pub mod bank_product_change;
pub mod credit_decision;
pub mod demand;
pub mod demand_detail;
pub mod diligence;
pub mod enterprise;
pub mod finance_consent;
pub mod finance_read;
pub mod offer;
