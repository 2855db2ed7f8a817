//! Notices to the people involved in a call, and the open facts of its events.

use crate::{cases::CaseRow, error::Result, notices, store::Tx};
use serde_json::{Map, Value, json};
use shared::ids::AccountId;

/// The open facts of an event, from a JSON object.
pub(crate) fn event_facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The facts of a notice about a call: its number, its title and the page to open.
pub(crate) fn notice_facts(number: &str, (title_zh, title_en): (&str, &str), path: &str) -> Value {
    json!({ "number": number, "zh": title_zh, "en": title_en, "path": path })
}

/// The page of a call at the dispatch desk.
pub(crate) fn dispatch_path(case: &CaseRow) -> String {
    format!("/dispatch/{}", case.number)
}

/// Puts a notice about a call into the inbox of an account; `path` is the page it opens.
pub(crate) async fn notify(tx: &Tx, case: &CaseRow, account: AccountId, kind: &str, path: &str) -> Result<()> {
    notices::notify(tx, account, Some(case.id), kind, facts_of(case, path)).await
}

/// As [`notify`], delivered before notices that can wait.
pub(crate) async fn notify_urgent(tx: &Tx, case: &CaseRow, account: AccountId, kind: &str, path: &str) -> Result<()> {
    notices::notify_urgent(tx, account, Some(case.id), kind, facts_of(case, path)).await
}

fn facts_of(case: &CaseRow, path: &str) -> Value {
    notice_facts(&case.number, (&case.title_zh, &case.title_en), path)
}
