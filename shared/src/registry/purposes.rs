//! The purposes for which a register may be read, with their legal basis (Personal Information Protection Law,
//! 个人信息保护法, arts. 6 and 13). Every read has one of these purposes.

use crate::{coded_enum, texts::Lang};

coded_enum! {
    /// One purpose (使用目的), as stored in the access log.
    pub enum Purpose {
        /// Confirming identity (实名认证).
        RealName = "real_name",
        /// Prefilling an application of the person (表单预填).
        Prefill = "prefill",
        /// Checking eligibility at the request of the person (资格预判).
        Eligibility = "eligibility",
        /// Deciding on an application (办理申请).
        Casework = "casework",
        /// Confirming a family relation before acting for another person (核验亲属关系).
        Kinship = "kinship",
        /// The person views their own entry (查看本人信息).
        OwnData = "own_data",
        /// Confirming the legal representative of a firm (核验法定代表人).
        Enterprise = "enterprise",
        /// Finding the centre that answers an emergency call (紧急救助).
        Emergency = "emergency",
    }
}

/// A legal basis in Chinese and in English, with the article.
type Basis = (&'static str, &'static str);

const CONSENT: Basis = (
    "个人信息保护法第十三条第一款第一项（取得个人的同意）",
    "Personal Information Protection Law, art. 13(1)(1): the person’s consent",
);
const DUTY: Basis = (
    "个人信息保护法第十三条第一款第三项（为履行法定职责所必需）、第三十四条",
    "Personal Information Protection Law, art. 13(1)(3), needed for a statutory duty, and art. 34",
);
const OWN_ENTRY: Basis = (
    "个人信息保护法第四十五条（个人查阅、复制其个人信息的权利）",
    "Personal Information Protection Law, art. 45: the right to see and copy one’s own data",
);
const LIFE_AND_HEALTH: Basis = (
    "个人信息保护法第十三条第一款第四项（紧急情况下为保护自然人的生命健康所必需）",
    "Personal Information Protection Law, art. 13(1)(4): needed in an emergency to protect life and health",
);

impl Purpose {
    /// The name in this language, as shown to the person under "who looked at my data".
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::RealName => ("实名认证", "Confirming identity"),
            Self::Prefill => ("预填申请表", "Filling in an application beforehand"),
            Self::Eligibility => ("应本人要求预判资格", "Checking eligibility when the person asks"),
            Self::Casework => ("办理申请", "Deciding on an application"),
            Self::Kinship => ("核验亲属关系", "Confirming a family relation"),
            Self::OwnData => ("本人查询", "The person looks at their own data"),
            Self::Enterprise => ("核验法定代表人身份", "Confirming that the person is a firm’s legal representative"),
            Self::Emergency => ("紧急救助", "Sending help in an emergency"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The legal basis in this language; the Chinese one is what the log stores.
    #[must_use]
    pub const fn basis(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::RealName | Self::Prefill | Self::Eligibility | Self::Enterprise => CONSENT,
            Self::Casework | Self::Kinship => DUTY,
            Self::OwnData => OWN_ENTRY,
            Self::Emergency => LIFE_AND_HEALTH,
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_one_code_and_a_basis_in_both_languages() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.code()), Some(*purpose));
            assert!(purpose.basis(Lang::Zh).contains("个人信息保护法") && purpose.basis(Lang::En).contains("art. "));
        }
    }
}
