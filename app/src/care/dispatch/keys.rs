//! Keyboard shortcuts of the dispatch pages as data, with their hints.

use crate::{
    care::paths::BOARD,
    cases::desk::keys::{Hints, bar},
};
use leptos::prelude::*;
use shared::{
    Lang,
    care::life,
    cases::{AllowedAction, action_name},
    texts::dispatch as t,
};

/// The letter of each action of dispatchers. Two actions share a letter only if no state allows both.
const KEYS: &[(&str, &str)] = &[
    (life::ANSWER.0, "a"),
    (life::STILL_ON_IT.0, "s"),
    (life::CALL_BACK.0, "b"),
    (life::DISPATCH.0, "d"),
    (life::HAND_OVER.0, "h"),
    (life::ESCALATE_NOW.0, "e"),
    (life::STAND_DOWN.0, "w"),
    (life::MERGE.0, "m"),
    (life::RESOLVE.0, "r"),
    (life::CALL_OFF.0, "f"),
    (life::CALL_REOPEN.0, "o"),
    (life::NOTE.0, "n"),
];

/// The shortcut of an action for `aria-keyshortcuts`; none for actions that dispatchers do not have.
pub(super) fn key_of(action: &str) -> Option<&'static str> {
    KEYS.iter().find(|(name, _)| *name == action).map(|(_, key)| *key)
}

/// The key hints of the board.
pub(super) fn of_board(lang: Lang) -> AnyView {
    let keys: Hints = vec![
        (vec!["j", "k"], t::key_down_up(lang).to_owned()),
        (vec!["↓", "↑"], t::key_down_up(lang).to_owned()),
        (vec!["Enter"], t::key_open(lang).to_owned()),
        (vec!["a"], t::key_answer(lang).to_owned()),
        (vec!["/"], t::key_find(lang).to_owned()),
        (vec!["?"], t::key_help(lang).to_owned()),
    ];
    bar(keys, BOARD, lang)
}

/// The key hints of a call, for the actions allowed now.
pub(super) fn of_call(allowed: &[AllowedAction], lang: Lang) -> AnyView {
    let mut keys: Hints = allowed
        .iter()
        .filter_map(|a| key_of(&a.action).map(|key| (vec![key], action_name(lang, &a.action).to_owned())))
        .collect();
    keys.push((vec!["g", "q"], t::key_board(lang).to_owned()));
    keys.push((vec!["?"], t::key_help(lang).to_owned()));
    bar(keys, BOARD, lang)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{care::life::SOS, cases::Party};
    use std::collections::BTreeSet;

    #[test]
    fn every_action_of_a_dispatcher_has_a_key_and_no_two_share_one() {
        let keys: BTreeSet<&str> = KEYS.iter().map(|(_, key)| *key).collect();
        assert_eq!(keys.len(), KEYS.len());
        for step in SOS.steps.iter().filter(|s| matches!(s.by, Party::Joined(_)) && s.action != life::VIEW) {
            assert!(key_of(step.action.0).is_some(), "{} has no key", step.action.0);
        }
    }
}
