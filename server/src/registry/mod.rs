//! The city's registers (数据底座): reads with purpose and legal basis, logged, and what a person sees of them.

pub mod entity;
pub mod facts;
pub mod looked;
pub mod mine;
pub mod read;

pub use facts::facts_of;
pub use looked::who_looked;
pub use mine::mine;
