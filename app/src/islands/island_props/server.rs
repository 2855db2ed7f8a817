//! Island props on the server: written beside the island and provided while it is drawn.

use leptos::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// The props of one island, by name.
#[derive(Clone, Debug, Default)]
pub struct IslandProps(Arc<BTreeMap<&'static str, String>>);

/// Draws an island with its props; `name` is the one that the island passes to [`IslandProps::of`].
pub fn with_props<const N: usize>(
    name: &'static str,
    values: [(&'static str, String); N],
    draw: impl FnOnce() -> AnyView,
) -> AnyView {
    let values: BTreeMap<&'static str, String> = values.into_iter().collect();
    let json = serde_json::to_string(&values).unwrap_or_default();
    provide_context(IslandProps(Arc::new(values)));
    let drawn = draw();
    view! {
        {drawn}
        <span hidden data-given=name data-values=json></span>
    }
    .into_any()
}

impl IslandProps {
    /// The props of the island that is being drawn.
    #[must_use]
    pub fn of(_name: &str) -> Self {
        use_context().unwrap_or_default()
    }

    /// A text; empty if it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }
}
