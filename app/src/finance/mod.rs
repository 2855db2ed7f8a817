//! Pages of the financing road (融通): the firm's on a phone, the banks' at a desk.

pub mod bank_act;
pub mod consent;
pub mod firm;
pub mod offer;
pub mod product_save;
pub mod publish;

#[cfg(feature = "ssr")]
pub mod bank;
#[cfg(feature = "ssr")]
pub mod bank_action;
#[cfg(feature = "ssr")]
pub mod bank_demand;
#[cfg(feature = "ssr")]
pub mod chart;
#[cfg(feature = "ssr")]
pub mod demand;
#[cfg(feature = "ssr")]
pub mod products;
#[cfg(feature = "ssr")]
pub mod terms;
