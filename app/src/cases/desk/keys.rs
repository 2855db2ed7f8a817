//! Keyboard shortcuts of the desk as data, with their hints.

use crate::{
    islands::cases::desk_keys::desk_keys,
    ui::{Details, KeyHints},
};
use leptos::prelude::*;
use shared::{
    Lang,
    cases::{AllowedAction, action_name},
    services::life,
    texts::desk as t,
};

/// The letter of each action. Two actions share a letter only if no state allows both.
const KEYS: &[(&str, &str)] = &[
    (life::CLAIM.0, "c"),
    (life::RELEASE.0, "l"),
    (life::HAND_OVER.0, "h"),
    (life::ACCEPT.0, "a"),
    (life::ASK_CORRECTION.0, "b"),
    (life::NOT_ACCEPT.0, "r"),
    (life::PROPOSE_GRANT.0, "p"),
    (life::PROPOSE_REFUSAL.0, "r"),
    (life::APPROVE_GRANT.0, "a"),
    (life::APPROVE_REFUSAL.0, "a"),
    (life::SEND_BACK.0, "s"),
    (life::UPHOLD.0, "u"),
    (life::REOPEN.0, "o"),
    (life::NOTE.0, "n"),
];

/// The shortcut of an action for `aria-keyshortcuts`.
pub(super) fn key_of(action: &str) -> Option<&'static str> {
    KEYS.iter().find(|(name, _)| *name == action).map(|(_, key)| *key)
}

/// Shortcuts and their descriptions.
pub(crate) type Hints = Vec<(Vec<&'static str>, String)>;

/// The hints of the queue.
pub(super) fn of_queue(lang: Lang) -> AnyView {
    let keys: Hints = vec![
        (vec!["j", "k"], t::key_down_up(lang).to_owned()),
        (vec!["Enter"], t::key_open(lang).to_owned()),
        (vec!["x"], t::key_select(lang).to_owned()),
        (vec!["c"], t::claim_selected(lang).to_owned()),
        (vec!["/"], t::key_find(lang).to_owned()),
        (vec!["?"], t::key_help(lang).to_owned()),
    ];
    bar(keys, "/desk", lang)
}

/// The hints of a case, for the actions allowed now.
pub(super) fn of_case(allowed: &[AllowedAction], lang: Lang) -> AnyView {
    let mut keys: Hints = allowed
        .iter()
        .filter_map(|a| key_of(&a.action).map(|key| (vec![key], action_name(lang, &a.action).to_owned())))
        .collect();
    keys.push((vec!["g", "q"], t::key_queue(lang).to_owned()));
    keys.push((vec!["?"], t::key_help(lang).to_owned()));
    bar(keys, "/desk", lang)
}

/// The key hints of a desk whose list is `home`.
pub(crate) fn bar(keys: Hints, home: &str, lang: Lang) -> AnyView {
    view! {
        <div class="row" id="desk-keys">
            <Details summary=t::keys(lang)><KeyHints label=t::keys(lang) keys=keys/></Details>
            {desk_keys(t::keys_on(lang), t::keys_off(lang), home)}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{cases::Party, services::life::APPLICATION};
    use std::collections::BTreeMap;

    #[test]
    fn every_action_of_staff_has_a_key_and_no_state_has_two_of_one() {
        for state in APPLICATION.states() {
            let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
            let staff = APPLICATION.from(state.0).filter(|s| matches!(s.by, Party::Staff(_)) && s.action != life::VIEW);
            for action in staff.map(|s| s.action.0) {
                let key = key_of(action).unwrap_or_else(|| panic!("{action} has no key"));
                if let Some(other) = seen.insert(key, action) {
                    assert_eq!(other, action, "{key} in {}", state.0);
                }
            }
        }
    }
}
