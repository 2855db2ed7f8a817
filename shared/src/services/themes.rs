//! Themes (主题) and life events (一件事) under which items are found: two tables.

use crate::texts::Lang;

/// One theme or life event.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    /// As in catalogue files.
    pub code: &'static str,
    /// Name in Chinese.
    pub zh: &'static str,
    /// Name in English.
    pub en: &'static str,
}

impl Theme {
    /// The name in this language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

const fn theme(code: &'static str, zh: &'static str, en: &'static str) -> Theme {
    Theme { code, zh, en }
}

/// The themes of the catalogue, in the order in which they are shown.
#[rustfmt::skip]
pub const THEMES: &[Theme] = &[
    theme("birth",      "生育收养", "Birth and adoption"),
    theme("education",  "教育",     "Education"),
    theme("work",       "就业创业", "Work"),
    theme("insurance",  "社会保障", "Social insurance"),
    theme("health",     "医疗卫生", "Health"),
    theme("housing",    "住房保障", "Housing"),
    theme("disability", "助残",     "Disability"),
    theme("elderly",    "养老服务", "Growing old"),
    theme("household",  "户籍身份", "Household and identity"),
    theme("business",   "经营许可", "Running a business"),
];

/// The thirteen life events of the State Council's first list of 2024: eight of enterprises, five of persons.
/// Source: 国务院关于进一步优化政务服务提升行政效能推动“高效办成一件事”的指导意见 (国发〔2024〕3号), annex.
#[rustfmt::skip]
pub const LIFE_EVENTS: &[Theme] = &[
    theme("enterprise-change",      "企业信息变更",             "Changing a company’s particulars"),
    theme("transport-start",        "开办运输企业",             "Starting a transport company"),
    theme("restaurant-start",       "开办餐饮店",               "Opening a restaurant"),
    theme("utilities",              "水电气网联合报装",         "Water, power, gas and network connections"),
    theme("credit-repair",          "信用修复",                 "Repairing a credit record"),
    theme("listing-check",          "企业上市合法合规信息核查", "Compliance check before a listing"),
    theme("bankruptcy-information", "企业破产信息核查",         "Information for a bankruptcy"),
    theme("enterprise-end",         "企业注销登记",             "Closing a company"),
    theme("newborn",                "新生儿出生",               "A child is born"),
    theme("school-entry",           "教育入学",                 "Starting school"),
    theme("social-card",            "社会保障卡居民服务",       "Services on the social security card"),
    theme("disability-services",    "残疾人服务",               "Services for people with disabilities"),
    theme("retirement",             "退休",                     "Retiring"),
];

/// The theme with this code.
#[must_use]
pub fn theme_of(code: &str) -> Option<&'static Theme> {
    THEMES.iter().find(|t| t.code == code)
}

/// The life event with this code.
#[must_use]
pub fn life_event_of(code: &str) -> Option<&'static Theme> {
    LIFE_EVENTS.iter().find(|t| t.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_life_events_and_no_code_twice() {
        assert_eq!(LIFE_EVENTS.len(), 13);
        for table in [THEMES, LIFE_EVENTS] {
            assert!(table.iter().all(|t| table.iter().filter(|o| o.code == t.code).count() == 1));
        }
        assert_eq!(theme_of("elderly").map(|t| t.zh), Some("养老服务"));
        assert_eq!(life_event_of("elderly"), None);
    }
}
