//! Search of items by typed text: Chinese words, pinyin (`gaoling`), initials (`gljt`), English, synonyms.

use pinyin::ToPinyinMulti;
use shared::services::Item;
use std::collections::BTreeSet;

/// Most readings of one name: a character with several (长: chang, zhang) doubles them.
const MOST_READINGS: usize = 8;
/// Words of a query that count.
const MOST_TERMS: usize = 8;
/// Characters of a word of a query that count.
const MOST_CHARS: usize = 40;

/// The search text of an item, as stored: lower case, one word or name in each line.
pub(super) fn index(item: &Item) -> String {
    let mut lines: BTreeSet<String> = item.search_words().map(str::to_lowercase).collect();
    for name in std::iter::once(&item.name.zh).chain(&item.synonyms) {
        for (full, initials) in readings(name) {
            lines.extend([full, initials].into_iter().filter(|line| line.len() > 1));
        }
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// Pinyin and initials of a name; characters without pinyin stay as they are.
fn readings(name: &str) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), String::new())];
    for (character, pinyin) in name.chars().zip(name.to_pinyin_multi()) {
        let spoken: BTreeSet<(&str, &str)> = pinyin.into_iter().flatten().map(|p| (p.plain(), p.first_letter())).collect();
        let as_is = character.to_lowercase().to_string();
        let next: Vec<_> = all
            .iter()
            .flat_map(|(full, initials)| {
                let said = |(p, i): &(&str, &str)| (format!("{full}{p}"), format!("{initials}{i}"));
                let mut more: Vec<_> = spoken.iter().map(said).collect();
                if more.is_empty() {
                    more.push((format!("{full}{as_is}"), format!("{initials}{as_is}")));
                }
                more
            })
            .take(MOST_READINGS)
            .collect();
        all = next;
    }
    all
}

/// The patterns (`LIKE`) that must all match: one for each word of a query.
pub(super) fn patterns(query: &str) -> Vec<String> {
    let wide = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    };
    let plain: String = query.chars().map(wide).collect::<String>().to_lowercase();
    let words = plain.split(|c: char| c.is_whitespace() || matches!(c, '，' | '、' | '\'' | '’' | ','));
    words
        .filter(|w| !w.is_empty())
        .take(MOST_TERMS)
        .map(|word| {
            let mut pattern = String::from("%");
            for c in word.chars().filter(|c| !c.is_control()).take(MOST_CHARS) {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
            pattern.push('%');
            pattern
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_way() {
        let all = readings("高龄津贴");
        assert!(all.contains(&("gaolingjintie".to_owned(), "gljt".to_owned())), "{all:?}");
        let long = readings("长期");
        assert!(long.iter().any(|(f, _)| f == "changqi") && long.iter().any(|(f, _)| f == "zhangqi"));
        assert_eq!(readings("A证").first().map(|r| r.0.clone()).unwrap_or_default(), "azheng");
        assert!(readings("行行行行行行行行").len() <= MOST_READINGS);
    }

    #[test]
    fn what_is_typed_is_taken_by_the_letter() {
        assert_eq!(patterns(" ＧＬＪＴ  50%_ "), ["%gljt%", "%50\\%\\_%"]);
        assert!(patterns("  ").is_empty());
    }
}
