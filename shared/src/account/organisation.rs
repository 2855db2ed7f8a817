//! Organisations (单位) of the city.

use crate::coded_enum;

coded_enum! {
    /// The kind of an organisation, as stored in `organisation.kind`.
    pub enum OrganisationKind {
        /// A department (部门) that decides applications.
        Department = "department",
        /// The city's own organisation (市级), where auditors and administrators work.
        City = "city",
        /// A dispatch centre (调度中心).
        Centre = "centre",
        /// A bank (银行).
        Bank = "bank",
        /// The office for financing of firms (融资服务), which no bank belongs to.
        Financing = "financing",
    }
}
