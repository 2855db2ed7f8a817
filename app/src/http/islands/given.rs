//! What the server gives an island: a few texts, in an attribute beside it. The properties of islands would bring a JSON
//! reader for each of them, a fifth of what a page may weigh; the browser has one already.

#[cfg(feature = "ssr")]
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use std::{collections::BTreeMap, sync::Arc};

/// The texts of one island, by name.
#[derive(Clone, Debug, Default)]
pub struct Given {
    #[cfg(feature = "ssr")]
    values: Arc<BTreeMap<&'static str, String>>,
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    values: wasm_bindgen::JsValue,
}

/// Draws an island with what it is given; `name` is the one that the island asks for.
#[cfg(feature = "ssr")]
pub fn island<const N: usize>(
    name: &'static str,
    values: [(&'static str, String); N],
    draw: impl FnOnce() -> AnyView,
) -> AnyView {
    let values: BTreeMap<&'static str, String> = values.into_iter().collect();
    let json = serde_json::to_string(&values).unwrap_or_default();
    provide_context(Given { values: Arc::new(values) });
    let drawn = draw();
    view! {
        {drawn}
        <span hidden data-given=name data-values=json></span>
    }
    .into_any()
}

impl Given {
    /// What this island is given. In the browser islands come to life in the order of the page, so the first that nobody
    /// has taken is theirs.
    #[must_use]
    pub fn to(name: &str) -> Self {
        #[cfg(feature = "ssr")]
        {
            let _ = name;
            use_context().unwrap_or_default()
        }
        #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
        {
            taken(name).unwrap_or_default()
        }
        #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
        {
            let _ = name;
            Self::default()
        }
    }

    /// A text; empty where none was given.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        #[cfg(feature = "ssr")]
        {
            self.values.get(name).cloned().unwrap_or_default()
        }
        #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
        {
            js_sys::Reflect::get(&self.values, &name.into()).ok().and_then(|v| v.as_string()).unwrap_or_default()
        }
        #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
        {
            let _ = name;
            String::new()
        }
    }

    /// A whole number; zero where none was given.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
fn taken(name: &str) -> Option<Given> {
    let beside = leptos::prelude::document().query_selector(&["[data-given=", name, "]"].concat()).ok()??;
    let values = js_sys::JSON::parse(&beside.get_attribute("data-values")?).ok()?;
    let _ = beside.remove_attribute("data-given");
    Some(Given { values })
}
