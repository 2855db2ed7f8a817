//! Finance (融通): firms, demands, consents, offers and credit decisions. A demand is a case; what a bank may read of it
//! follows from the firm's consents, which are checked in the transaction that reads.

pub mod consent;
mod consent_records;
mod credit;
pub mod demand;
mod demand_views;
pub mod desk;
pub mod enterprise;
pub mod entity;
mod expiry;
mod form_fields;
mod life;
pub mod offers;
mod parties;
mod product_views;
pub mod products;
mod reservations;
mod stored_numbers;

pub use life::LIFE;
