//! Island props in the browser, read from the attribute beside the island.

use wasm_bindgen::JsValue;

/// The props of one island, by name.
#[derive(Clone, Debug, Default)]
pub struct IslandProps(JsValue);

impl IslandProps {
    /// The props of this island. Islands are hydrated in document order, so the first unused element of this name belongs
    /// to it.
    #[must_use]
    pub fn of(name: &str) -> Self {
        take(name).unwrap_or_default()
    }

    /// A text; empty if it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        js_sys::Reflect::get(&self.0, &name.into()).ok().and_then(|v| v.as_string()).unwrap_or_default()
    }
}

fn take(name: &str) -> Option<IslandProps> {
    let beside = leptos::prelude::document().query_selector(&["[data-given=", name, "]"].concat()).ok()??;
    let values = js_sys::JSON::parse(&beside.get_attribute("data-values")?).ok()?;
    let _ = beside.remove_attribute("data-given");
    Some(IslandProps(values))
}
