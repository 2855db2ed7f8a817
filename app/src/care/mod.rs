//! Care (安养): the emergency button, what is known of the person who called, whoever answers calls and whoever goes.

pub mod act;
pub mod call;
pub mod contacts;
pub mod devices;
pub mod duty;
pub mod islands;
pub mod policies;
pub mod presence;
pub mod profile;
pub mod respond_acts;
pub mod reveal;

mod centres;
pub mod dispatch;
pub mod edge;
pub mod given;
pub mod home;
pub mod respond;
pub mod respond_offer;
pub mod respond_step;
pub mod sos;
pub mod standing;
pub mod suggestions;
