//! States of entries in the registers.

use crate::coded_enum;

coded_enum! {
    /// The status of a person in the population register (人口库).
    pub enum ResidentStatus {
        /// Registered (在册).
        Alive = "alive",
        /// Deceased (死亡注销).
        Deceased = "deceased",
        /// Moved to another city (迁出).
        MovedAway = "moved_away",
    }
}

coded_enum! {
    /// The status of a firm in the legal-entity register (法人库).
    pub enum EntityStatus {
        /// In business (存续).
        Active = "active",
        /// Deregistered (注销).
        Deregistered = "deregistered",
    }
}

coded_enum! {
    /// The tax credit grade of a firm (纳税信用等级).
    pub enum TaxGrade {
        /// A.
        A = "A",
        /// B.
        B = "B",
        /// M: new firms and firms without revenue.
        M = "M",
        /// C.
        C = "C",
        /// D.
        D = "D",
    }
}
