//! The name of a browser, from its `User-Agent`.

use shared::{Lang, texts::account as t};

/// Markers in the `User-Agent` and their browsers. The first match counts, since many browsers also claim to be
/// others.
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Markers of operating systems.
const SYSTEMS: &[(&str, &str)] = &[
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

/// The name of a browser and its system, e.g. `Edge · Android`.
pub(super) fn device_name(agent: &str, lang: Lang) -> String {
    let name = |table: &[(&str, &'static str)]| table.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    match (name(BROWSERS), name(SYSTEMS)) {
        (None, None) => t::unknown_device(lang).to_owned(),
        (browser, system) => [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_in_two_words() {
        let phone =
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36 Edg/126.0";
        assert_eq!(device_name(phone, Lang::Zh), "Edge · Android");
        assert_eq!(device_name("", Lang::Zh), "未知设备");
    }
}
