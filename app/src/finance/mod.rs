//! Pages of the financing road (融通): the firm's on a phone, the banks' at a desk.

pub mod bank_act;
pub mod consent;
pub mod firm;
pub mod offer;
pub mod product_save;
pub mod publish;

pub mod bank;
pub mod bank_action;
pub mod bank_demand;
pub mod chart;
pub mod demand;
pub mod products;
pub mod terms;
