//! Public services (易办): items, forms, eligibility and the life of an application.

pub mod life;
