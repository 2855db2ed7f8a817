//! The city's registers (数据底座): facts with their source, districts, and the purposes for which they may be read.

pub mod access_log;
pub mod districts;
pub mod facts;
pub mod purposes;

pub use districts::District;
pub use facts::{Fact, FactKey, Facts};
pub use purposes::Purpose;
