//! The scripts in the head of every page that load the browser build and start the islands.
//!
//! Leptos' own component reads the list of hashes from disk for every page. Its output differs only by the nonce, so it is
//! rendered once, and its script gets a time limit.

use leptos::{nonce::use_nonce, prelude::*};
use std::sync::OnceLock;

/// The output of Leptos' component.
struct Loader {
    /// Address of the JavaScript of the browser build.
    js: String,
    /// Address of its WASM.
    wasm: String,
    /// The script that starts the islands.
    start: String,
}

/// How Leptos' script waits for an idle moment, and the same with a time limit in milliseconds. A page on a busy machine may
/// never be idle; without a limit its islands would never start.
const WAIT: (&str, &str) = ("requestIdleCallback(c)", "requestIdleCallback(c, {timeout: 500})");

/// The elements of the head.
pub fn scripts(options: &LeptosOptions) -> impl IntoView + use<> {
    static LOADER: OnceLock<Loader> = OnceLock::new();
    // Content outside of islands is not hydrated, so it needs no hydration markers.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let loader = LOADER.get_or_init(|| render_loader(options.clone()));
    let nonce = use_nonce();
    view! {
        <link rel="modulepreload" href=loader.js.as_str() nonce=nonce.clone() crossorigin="anonymous"/>
        <link rel="preload" href=loader.wasm.as_str() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=nonce inner_html=loader.start.as_str()></script>
    }
}

fn render_loader(options: LeptosOptions) -> Loader {
    let html = view! { <HydrationScripts options=options islands=true/> }.to_html();
    let between = |text: &str, before: &str, after: &str| -> Option<String> {
        Some(text.split_once(before)?.1.split_once(after)?.0.to_owned())
    };
    let links: Vec<&str> = html.split("<link ").collect();
    let address =
        |rel: &str| links.iter().find(|l| l.contains(rel)).and_then(|l| between(l, "href=\"", "\"")).unwrap_or_default();
    let start = html.split_once("<script").and_then(|(_, script)| between(script, ">", "</script>")).unwrap_or_default();
    let start = start.replace(WAIT.0, WAIT.1);
    Loader { js: address("rel=\"modulepreload\""), wasm: address("rel=\"preload\""), start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_matches_leptos_except_for_the_time_limit() {
        let options = LeptosOptions::builder().output_name("huimin").site_root("target/site").site_pkg_dir("pkg").build();
        let (ours, theirs) = Owner::new().with(|| {
            let theirs = view! { <HydrationScripts options=options.clone() islands=true/> }.to_html();
            (scripts(&options).into_view().to_html(), theirs)
        });
        let start = ours.split_once("<script type=\"module\">").unwrap().1;
        assert_eq!(start.matches(WAIT.1).count(), 1, "{start}");
        let start = start.replace(WAIT.1, WAIT.0);
        assert!(start.contains("hydrateIslands") && theirs.contains(&start), "{ours}\n{theirs}");
        for address in ["href=\"/pkg/huimin.js\"", "href=\"/pkg/huimin"] {
            assert!(ours.contains(address) && theirs.contains(address), "{ours}");
        }
        assert_eq!(ours.matches(".wasm\"").count(), 1, "{ours}");
    }
}
