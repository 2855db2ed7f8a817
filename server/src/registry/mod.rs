//! The city's registers (数据底座): reads with a purpose and a legal basis, logged and shown to the person.

pub mod access_log;
pub mod entity;
pub mod facts;
pub mod own_facts;
pub mod read;

pub use access_log::list_reads;
pub use facts::facts_of;
pub use own_facts::own_facts;
