//! The districts (行政区) of the demo city, Wuhan.

use crate::texts::Lang;

/// One district.
#[derive(Debug, PartialEq, Eq)]
pub struct District {
    /// Code of the administrative division, six digits (GB/T 2260).
    pub code: &'static str,
    /// Name in Chinese.
    pub zh: &'static str,
    /// Name in English.
    pub en: &'static str,
}

impl District {
    /// The name in this language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

/// First four digits of every district of the city (GB/T 2260).
pub const CITY_PREFIX: &str = "4201";

const fn district(code: &'static str, zh: &'static str, en: &'static str) -> District {
    District { code, zh, en }
}

/// The thirteen districts of Wuhan (GB/T 2260-2007 and its later amendments).
pub const DISTRICTS: &[District] = &[
    district("420102", "江岸区", "Jiang’an District"),
    district("420103", "江汉区", "Jianghan District"),
    district("420104", "硚口区", "Qiaokou District"),
    district("420105", "汉阳区", "Hanyang District"),
    district("420106", "武昌区", "Wuchang District"),
    district("420107", "青山区", "Qingshan District"),
    district("420111", "洪山区", "Hongshan District"),
    district("420112", "东西湖区", "Dongxihu District"),
    district("420113", "汉南区", "Hannan District"),
    district("420114", "蔡甸区", "Caidian District"),
    district("420115", "江夏区", "Jiangxia District"),
    district("420116", "黄陂区", "Huangpi District"),
    district("420117", "新洲区", "Xinzhou District"),
];

/// The district with this code, if it is one of the city's.
#[must_use]
pub fn find(code: &str) -> Option<&'static District> {
    DISTRICTS.iter().find(|d| d.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_districts_of_one_city() {
        assert_eq!(DISTRICTS.len(), 13);
        assert!(DISTRICTS.iter().all(|d| d.code.starts_with(CITY_PREFIX) && d.code.len() == 6));
        assert_eq!(find("420106").map(|d| d.name(Lang::Zh)), Some("武昌区"));
        assert_eq!(find("110101"), None);
    }
}
