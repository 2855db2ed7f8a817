//! Registers: what the city knows of people, read with purpose and legal basis, and logged.

pub mod read;
