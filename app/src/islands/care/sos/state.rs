//! The state of a press in the browser, and the parts of the page that show it.

use crate::islands::browser::local_storage;
use leptos::prelude::document;
use web_sys::Element;

/// Where calls are posted to.
pub(super) const CALLS: &str = "/api/care/calls";
/// How long one try to send may take, in milliseconds.
pub(super) const TRY_MS: u32 = 5_000;
/// Where the press is kept: its form, as it is sent.
const BODY: &str = "huimin.sos.body";
/// `sending` until it is acknowledged, then `sent`.
const STATE: &str = "huimin.sos.state";
/// Set when it is to be taken back.
const CANCEL: &str = "huimin.sos.cancel";

/// The press as it is sent, while its call is on.
pub(super) fn body() -> Option<String> {
    local_storage::get(BODY)
}

/// Whether a press was made here whose call is not known to have ended.
pub(super) fn is_pressed() -> bool {
    local_storage::get(STATE).is_some()
}

/// Whether a press is not acknowledged yet.
pub(super) fn is_sending() -> bool {
    local_storage::get(STATE).as_deref() == Some("sending")
}

/// Whether it is to be taken back.
pub(super) fn is_taken_back() -> bool {
    local_storage::get(CANCEL).is_some()
}

/// Keeps a fresh press before anything is sent.
pub(super) fn pressed(body: &str) {
    local_storage::set(BODY, Some(body));
    local_storage::set(CANCEL, None);
    local_storage::set(STATE, Some("sending"));
}

/// The server has it.
pub(super) fn acknowledged() {
    local_storage::set(STATE, Some("sent"));
}

/// It is to be taken back, or no longer.
pub(super) fn take_back(wanted: bool) {
    local_storage::set(CANCEL, wanted.then_some("1"));
}

/// The call has ended: nothing of it is kept.
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

/// A value of the page in an attribute `data-…`; empty if it is missing.
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
