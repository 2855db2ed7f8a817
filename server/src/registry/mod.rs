//! The city's registers (数据底座): reads with purpose and legal basis, logged, and what a person sees of them.

pub mod access_log;
pub mod facts;
pub mod mine;
pub mod read;

pub use access_log::who_looked;
pub use facts::facts_of;
pub use mine::mine;
