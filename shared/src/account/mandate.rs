//! Mandates (委托): one account acts for a person of the family.

use crate::coded_enum;

coded_enum! {
    /// The relation of the acting account to the person, as stored in `mandate.relation` (亲属关系).
    pub enum FamilyRelation {
        /// Their child (子女).
        Child = "child",
        /// Their parent (父母).
        Parent = "parent",
        /// Their spouse (配偶).
        Spouse = "spouse",
    }
}
