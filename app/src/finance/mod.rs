//! Pages of financing (融通): for firms (phone layout) and banks (desk layout).

pub mod bank;
pub mod bank_action;
pub mod bank_demand;
pub mod bank_tabs;
pub mod chart;
pub mod consent;
pub mod demand;
pub mod demand_offers;
pub mod firm;
pub mod offer;
pub mod products;
pub mod publish;
pub mod terms;
