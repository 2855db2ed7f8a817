//! Measures the weight of a resident's page: its compressed WASM and JavaScript.

use load::browser::Browser;
use std::collections::BTreeSet;

/// The measured pages: one without islands, and those with islands that are public.
const PAGES: &[&str] = &["/", "/services", "/sign-up"];
/// The limit for a page, in bytes.
pub(super) const MAX_BYTES: usize = 100_000;

/// Every WASM and JavaScript file that the pages or their scripts refer to, and their total size as transferred.
pub(super) fn files(browser: &mut Browser) -> Result<(BTreeSet<String>, usize), String> {
    let mut open = BTreeSet::new();
    for page in PAGES {
        let answer = browser.get(page, &[("accept", "text/html")]).map_err(|e| e.to_string())?;
        if answer.status != 200 {
            return Err(format!("{page}: {}", answer.status));
        }
        open.extend(addresses(&answer.text(), "", &["href=\"", "src=\""]));
    }
    let (mut seen, mut sum) = (BTreeSet::new(), 0);
    while let Some(path) = open.pop_first() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = browser.get(&path, &[("accept-encoding", "br")]).map_err(|e| e.to_string())?;
        if answer.status != 200 || answer.header("content-encoding") != Some("br") {
            return Err(format!("{path}: {} {:?}, not brotli", answer.status, answer.header("content-encoding")));
        }
        sum += answer.body.len();
        if path.ends_with(".js") {
            let plain = browser.get(&path, &[]).map_err(|e| e.to_string())?.text();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            open.extend(addresses(&plain, folder, &["from '.", "from \".", "import '.", "import \"."]));
        }
    }
    if seen.is_empty() {
        Err("the pages name no file; was the site built, and LEPTOS_SITE_ROOT set?".to_owned())
    } else {
        Ok((seen, sum))
    }
}

/// The files that follow one of the marks, up to the next quotation mark.
fn addresses(text: &str, folder: &str, marks: &[&str]) -> Vec<String> {
    let behind = |mark: &&str| {
        let pieces: Vec<&str> = text.split(*mark).skip(1).filter_map(|rest| rest.split(['"', '\'']).next()).collect();
        pieces
    };
    marks
        .iter()
        .flat_map(behind)
        .filter(|a| a.starts_with('/') && (a.ends_with(".js") || a.ends_with(".wasm")))
        .map(|a| format!("{folder}{a}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn script_files_are_found_in_pages_and_scripts() {
        let page =
            r#"<link href="/pkg/a.css"/><link href="/pkg/a.js"/><script src="/b.js"></script><a href="https://x.example/c.js">"#;
        assert_eq!(addresses(page, "", &["href=\"", "src=\""]), ["/pkg/a.js", "/b.js"]);
        let file = "import { a } from './snippets/x/inline0.js'; import './y.js'";
        assert_eq!(addresses(file, "/pkg", &["from '.", "import '."]), ["/pkg/snippets/x/inline0.js", "/pkg/y.js"]);
    }
}
