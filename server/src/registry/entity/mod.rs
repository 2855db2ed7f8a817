//! The tables of `registry` as sea-orm entities.

pub mod person;
pub mod register_kinship;
pub mod register_legal_entity;
pub mod register_person;
pub mod register_read;
