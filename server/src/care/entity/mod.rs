//! The tables of `care` as sea-orm entities.

pub mod care_alert;
pub mod care_call;
pub mod care_centre;
pub mod care_contact;
pub mod care_device;
pub mod care_duty;
pub mod care_heartbeat;
pub mod care_offer;
pub mod care_policy;
pub mod care_press;
pub mod care_profile;
pub mod care_responder;
pub mod care_rota;
