//! Codes of administrative regions (行政区划代码, GB/T 2260), as identity numbers carry them.

use std::cmp::Ordering;

/// One line per prefecture, ascending: four digits, then the last two digits of each code. See `data/README.md`.
const CODES: &str = include_str!("../../data/regions.txt");

/// Whether a code of six digits was the code of a province, prefecture or county at any time since 1980. A number keeps the
/// code of the day of its issue, so codes that were abolished later remain valid.
#[must_use]
pub fn was_ever_in_force(code: &str) -> bool {
    let Some((prefecture, county)) = code.split_at_checked(4) else { return false };
    line(prefecture).is_some_and(|counties| counties.split(' ').any(|c| c == county))
}

/// Finds the line of a prefecture in the embedded text by binary search.
fn line(prefecture: &str) -> Option<&'static str> {
    let mut text = CODES;
    while !text.is_empty() {
        let start = text.get(..text.len() / 2)?.rfind('\n').map_or(0, |end| end + 1);
        let (line, after) = text.get(start..)?.split_once('\n')?;
        let (found, counties) = line.split_once(' ')?;
        match found.cmp(prefecture) {
            Ordering::Equal => return Some(counties),
            Ordering::Less => text = after,
            Ordering::Greater => text = text.get(..start)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_file_is_found() {
        let mut codes = 0;
        for line in CODES.lines() {
            let (prefecture, counties) = line.split_once(' ').unwrap();
            for county in counties.split(' ') {
                assert!(was_ever_in_force(&format!("{prefecture}{county}")), "{prefecture}{county}");
                codes += 1;
            }
        }
        assert_eq!(codes, 7212);
    }

    #[test]
    fn the_file_ascends_and_holds_digits_only() {
        let prefectures: Vec<&str> = CODES.lines().map(|l| l.split_once(' ').unwrap().0).collect();
        assert!(prefectures.is_sorted_by(|a, b| a < b));
        for line in CODES.lines() {
            let counties: Vec<&str> = line.split(' ').skip(1).collect();
            assert!(counties.is_sorted_by(|a, b| a < b), "{line}");
            assert!(counties.iter().all(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_digit())), "{line}");
        }
    }

    #[test]
    fn provinces_counties_and_abolished_codes_are_in_it() {
        // Hubei, Wuhan, Wuchang District, Hanyang County (until 1992), Huangpi County (until 1998), Linping District
        // (since 2021), Bao'an County (until 1981 and 1993), Hong Kong, Macao, Taiwan under both codes
        for code in ["420000", "420100", "420106", "420121", "420123", "330113", "440321", "810000", "820000", "830000", "710000"]
        {
            assert!(was_ever_in_force(code), "{code}");
        }
    }

    #[test]
    fn what_was_never_a_region_is_not() {
        for code in ["", "4", "4201", "42010", "4201000", "000000", "999999", "420199", "4201 0", "42 102", "八一000", "100000"]
        {
            assert!(!was_ever_in_force(code), "{code}");
        }
    }
}
