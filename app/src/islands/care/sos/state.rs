//! The state of a press in the browser, and the parts of the page that show it.

use crate::islands::browser::local_storage;
use leptos::prelude::document;
use web_sys::Element;

/// The address that calls are posted to.
pub(super) const CALLS: &str = "/api/care/calls";
/// The timeout of one attempt to send, in milliseconds.
pub(super) const SEND_TIMEOUT_MS: u32 = 5_000;
/// Storage key of the press: its form as it is sent.
const BODY: &str = "huimin.sos.body";
/// Storage key of the state: `sending` until it is acknowledged, then `sent`.
const STATE: &str = "huimin.sos.state";
/// Storage key, set when the press is to be cancelled.
const CANCEL: &str = "huimin.sos.cancel";

/// The stored press, while its call is open.
pub(super) fn body() -> Option<String> {
    local_storage::get(BODY)
}

/// Whether this browser has a press whose call is not known to have ended.
pub(super) fn is_pressed() -> bool {
    local_storage::get(STATE).is_some()
}

/// Whether a press is not acknowledged yet.
pub(super) fn is_sending() -> bool {
    local_storage::get(STATE).as_deref() == Some("sending")
}

/// Whether it is to be cancelled.
pub(super) fn is_cancelling() -> bool {
    local_storage::get(CANCEL).is_some()
}

/// Stores a new press before anything is sent.
pub(super) fn pressed(body: &str) {
    local_storage::set(BODY, Some(body));
    local_storage::set(CANCEL, None);
    local_storage::set(STATE, Some("sending"));
}

/// Marks the press as acknowledged.
pub(super) fn acknowledged() {
    local_storage::set(STATE, Some("sent"));
}

/// Marks the press as to be cancelled, or not.
pub(super) fn set_cancelling(wanted: bool) {
    local_storage::set(CANCEL, wanted.then_some("1"));
}

/// Removes the press after its call has ended.
pub(super) fn ended() {
    for key in [BODY, STATE, CANCEL] {
        local_storage::set(key, None);
    }
}

/// Whether the call is for the holder of this browser, so that help goes to its location. A caller on behalf of another person
/// may be anywhere.
pub(super) fn is_own() -> bool {
    page_value("own") == "true" && body().is_none_or(|body| !body.contains("&for_person="))
}

/// Reads a `data-…` attribute of the page; empty if it is missing.
pub(super) fn page_value(name: &str) -> String {
    part("sos").and_then(|s| s.get_attribute(&["data-", name].concat())).unwrap_or_default()
}

pub(super) fn part(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

pub(super) fn show(id: &str, shown: bool) {
    if let Some(part) = part(id) {
        let _ = if shown { part.remove_attribute("hidden") } else { part.set_attribute("hidden", "") };
    }
}
