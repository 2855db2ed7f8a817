//! For what, and on which legal basis, a register may be read: one table (Personal Information Protection Law,
//! 个人信息保护法, arts. 6 and 13). A read without one of these purposes does not exist.

use crate::texts::Lang;

/// One purpose (使用目的).
#[derive(Debug, PartialEq, Eq)]
pub struct Purpose {
    /// As stored in the access log.
    pub code: &'static str,
    /// As shown to the person under "who looked at my data".
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// The legal basis in Chinese, with the article.
    pub basis_zh: &'static str,
    /// The same in English.
    pub basis_en: &'static str,
}

impl Purpose {
    /// The name in this language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }

    /// The legal basis in this language; the Chinese one is what the log stores.
    #[must_use]
    pub fn basis(&self, lang: Lang) -> &'static str {
        lang.pick(self.basis_zh, self.basis_en)
    }
}

const CONSENT_ZH: &str = "个人信息保护法第十三条第一款第一项（取得个人的同意）";
const CONSENT_EN: &str = "Personal Information Protection Law, art. 13(1)(1): the person’s consent";
const DUTY_ZH: &str = "个人信息保护法第十三条第一款第三项（为履行法定职责所必需）、第三十四条";
const DUTY_EN: &str = "Personal Information Protection Law, art. 13(1)(3), needed for a statutory duty, and art. 34";

/// Confirming that somebody is who they say (实名认证).
pub const REAL_NAME: Purpose =
    Purpose { code: "real_name", zh: "实名认证", en: "Confirming identity", basis_zh: CONSENT_ZH, basis_en: CONSENT_EN };
/// Filling an application the person has begun (表单预填).
pub const PREFILL: Purpose = Purpose {
    code: "prefill",
    zh: "预填申请表",
    en: "Filling in an application beforehand",
    basis_zh: CONSENT_ZH,
    basis_en: CONSENT_EN,
};
/// Telling a person who asks whether they are eligible (资格预判).
pub const ELIGIBILITY: Purpose = Purpose {
    code: "eligibility",
    zh: "应本人要求预判资格",
    en: "Checking eligibility when the person asks",
    basis_zh: CONSENT_ZH,
    basis_en: CONSENT_EN,
};
/// Deciding on an application (办理申请).
pub const CASEWORK: Purpose =
    Purpose { code: "casework", zh: "办理申请", en: "Deciding on an application", basis_zh: DUTY_ZH, basis_en: DUTY_EN };
/// Confirming a family relation before acting for somebody (核验亲属关系).
pub const KINSHIP: Purpose =
    Purpose {
        code: "kinship", zh: "核验亲属关系", en: "Confirming a family relation", basis_zh: DUTY_ZH, basis_en: DUTY_EN
    };
/// The person looks at their own entry (查看本人信息).
pub const OWN_DATA: Purpose = Purpose {
    code: "own_data",
    zh: "本人查询",
    en: "The person looks at their own data",
    basis_zh: "个人信息保护法第四十五条（个人查阅、复制其个人信息的权利）",
    basis_en: "Personal Information Protection Law, art. 45: the right to see and copy one’s own data",
};

/// Confirming that somebody is the legal representative of a firm (核验法定代表人).
pub const ENTERPRISE: Purpose = Purpose {
    code: "enterprise",
    zh: "核验法定代表人身份",
    en: "Confirming that the person is a firm’s legal representative",
    basis_zh: CONSENT_ZH,
    basis_en: CONSENT_EN,
};
/// Finding out which centre answers for somebody who calls for help (紧急救助).
pub const EMERGENCY: Purpose = Purpose {
    code: "emergency",
    zh: "紧急救助",
    en: "Sending help in an emergency",
    basis_zh: "个人信息保护法第十三条第一款第四项（紧急情况下为保护自然人的生命健康所必需）",
    basis_en: "Personal Information Protection Law, art. 13(1)(4): needed in an emergency to protect life and health",
};

/// Every purpose there is.
pub const PURPOSES: &[&Purpose] = &[&REAL_NAME, &PREFILL, &ELIGIBILITY, &CASEWORK, &KINSHIP, &OWN_DATA, &ENTERPRISE, &EMERGENCY];

/// The purpose with this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Purpose> {
    PURPOSES.iter().find(|p| p.code == code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_one_code_and_a_basis_in_both_languages() {
        for purpose in PURPOSES {
            assert_eq!(find(purpose.code), Some(*purpose));
            assert!(purpose.basis_zh.contains("个人信息保护法") && purpose.basis_en.contains("art. "));
        }
    }
}
