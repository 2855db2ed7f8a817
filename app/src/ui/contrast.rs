//! Computes the contrast of every declared pair of colours from `style/tokens.css` (WCAG 2.2, 1.4.3, 1.4.6 and
//! 1.4.11) and checks the table in `style/README.md`.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

type Palette = BTreeMap<String, String>;

/// Text on a background: at least 4.5:1, in elder mode 7:1.
const TEXT: &[(&str, &[&str])] = &[
    ("ink", &["paper", "card", "sunk", "accent-soft", "good-soft", "warn-soft", "bad-soft", "progress-soft"]),
    ("ink-soft", &["paper", "card", "sunk", "accent-soft", "good-soft", "warn-soft", "bad-soft", "progress-soft"]),
    ("accent", &["paper", "card", "sunk", "accent-soft"]),
    ("accent-strong", &["paper", "card", "sunk", "accent-soft"]),
    ("accent-ink", &["accent", "accent-strong"]),
    ("good", &["good-soft"]),
    ("warn", &["warn-soft"]),
    ("bad", &["paper", "card", "sunk", "bad-soft"]),
    ("bad-ink", &["bad"]),
    ("progress", &["progress-soft"]),
];

/// Edges of controls, icons and the focus ring: at least 3:1, in elder mode 4.5:1.
const SHAPES: &[(&str, &[&str])] = &[
    ("edge", &["paper", "card", "sunk", "accent-soft"]),
    ("focus", &["paper", "card", "sunk", "accent-soft", "good-soft", "warn-soft", "bad-soft", "progress-soft"]),
    ("accent", &["warn-soft", "good-soft", "bad-soft", "progress-soft"]),
    ("good", &["paper", "card"]),
];

const MODES: [&str; 4] = ["light", "dark", "elder light", "elder dark"];

fn read(path: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The four palettes, each with the values that the stylesheet overrides.
fn palettes() -> [Palette; 4] {
    let css = read("style/tokens.css");
    let mut all = [Palette::new(), Palette::new(), Palette::new(), Palette::new()];
    let (mut dark, mut elder) = (false, false);
    for line in css.lines() {
        if line == "}" {
            dark = false;
        }
        let line = line.trim();
        if line.starts_with("@media") {
            dark = true;
        } else if line.starts_with(":root") {
            elder = line.contains("elder");
        } else if let Some((name, rest)) = line.strip_prefix("--").and_then(|l| l.split_once(": #")) {
            let hex = rest.split(';').next().unwrap();
            // Light values apply to dark, and general values to elder mode, unless they are overridden.
            let places: &[usize] = match (dark, elder) {
                (false, false) => &[0, 1, 2, 3],
                (true, false) => &[1, 3],
                (false, true) => &[2, 3],
                (true, true) => &[3],
            };
            for place in places {
                all[*place].insert(name.to_owned(), hex.to_owned());
            }
        }
    }
    all
}

fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn ratio(palette: &Palette, front: &str, ground: &str) -> f64 {
    let of = |name: &str| luminance(palette.get(name).unwrap_or_else(|| panic!("no token --{name}")));
    let (a, b) = (of(front), of(ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_pair_has_the_required_contrast_and_the_table_is_current() {
    let palettes = palettes();
    let mut table = format!("| front | ground | {} |\n|---|---|---|---|---|---|\n", MODES.join(" | "));
    for (pairs, least) in [(TEXT, [4.5, 4.5, 7.0, 7.0]), (SHAPES, [3.0, 3.0, 4.5, 4.5])] {
        for (front, ground) in pairs.iter().flat_map(|(f, grounds)| grounds.iter().map(move |g| (f, g))) {
            write!(table, "| {front} | {ground} |").unwrap();
            for (mode, palette) in palettes.iter().enumerate() {
                let ratio = ratio(palette, front, ground);
                assert!(ratio >= least[mode], "--{front} on --{ground}, {}: {ratio:.2}", MODES[mode]);
                write!(table, " {:.1} |", (ratio * 10.0).floor() / 10.0).unwrap();
            }
            table.push('\n');
        }
    }
    assert!(read("style/README.md").contains(&table), "style/README.md should hold this table:\n{table}");
}

#[test]
fn a_token_that_elder_mode_changes_is_changed_for_dark_too() {
    let css = read("style/tokens.css");
    let blocks: Vec<&str> = css.split(":root[data-mode=\"elder\"]").skip(1).map(|b| b.split('}').next().unwrap()).collect();
    let names = |block: &str| -> Vec<String> {
        block.lines().filter_map(|l| l.trim().strip_prefix("--")?.split_once(':').map(|(n, _)| n.to_owned())).collect()
    };
    assert_eq!(blocks.len(), 2);
    assert_eq!(names(blocks[0]), names(blocks[1]), "else the light elder colour would show in dark elder mode");
}
