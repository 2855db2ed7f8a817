//! Accounts: identity numbers, contacts, organisations, roles and permissions.

pub mod contact;
pub mod demo;
pub mod mandate;
pub mod organisation;
pub mod region;
pub mod resident_id;
pub mod roles;
pub mod uscc;

pub use contact::{BankAccount, Email, Phone};
pub use mandate::FamilyRelation;
pub use organisation::OrganisationKind;
pub use resident_id::{IdFault, ResidentId, Sex};
pub use roles::{Permission, Role};
pub use uscc::{Uscc, UsccFault};
