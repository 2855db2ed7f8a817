//! Values in the browser's local storage. If it is forbidden or full, the page keeps them in memory while it is open.

use leptos::prelude::window;
use std::cell::RefCell;

thread_local! {
    /// Values that the browser did not store.
    static UNSAVED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Reads the value of a key.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    let here = UNSAVED.with_borrow(|here| here.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()));
    here.or_else(|| storage()?.get_item(key).ok().flatten())
}

/// Stores a value under a key; none removes it.
pub fn set(key: &str, value: Option<&str>) {
    UNSAVED.with_borrow_mut(|here| here.retain(|(k, _)| k != key));
    let done = storage().is_some_and(|storage| match value {
        Some(value) => storage.set_item(key, value).is_ok(),
        None => storage.remove_item(key).is_ok(),
    });
    if let (false, Some(value)) = (done, value) {
        UNSAVED.with_borrow_mut(|here| here.push((key.to_owned(), value.to_owned())));
    }
}
