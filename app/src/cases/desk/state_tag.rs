//! Name and tone of the state of a case for staff.

use crate::ui::{Tag, Tone};
use leptos::prelude::*;
use shared::{Lang, cases::state_name, services::life, texts::desk as t};

/// The name of a state for staff, who distinguish some states that have one name for residents.
pub(super) fn state_name_for_staff(state: &str, lang: Lang) -> &str {
    t::find(lang, &format!("state_{state}")).unwrap_or_else(|| state_name(lang, state))
}

/// The tone of a state for the desk.
fn tone(state: &str) -> Tone {
    const TONES: &[(&str, Tone)] = &[
        (life::CORRECTING.0, Tone::Warn),
        (life::REVIEW_CORRECTING.0, Tone::Warn),
        (life::IN_REVIEW.0, Tone::Progress),
        (life::GRANT_PROPOSED.0, Tone::Progress),
        (life::REFUSAL_PROPOSED.0, Tone::Progress),
        (life::OBJECTED.0, Tone::Warn),
        (life::GRANTED.0, Tone::Good),
        (life::REFUSED.0, Tone::Bad),
        (life::NOT_ACCEPTED.0, Tone::Bad),
        (life::REFUSAL_UPHELD.0, Tone::Bad),
    ];
    TONES.iter().find(|(code, _)| *code == state).map(|(_, tone)| *tone).unwrap_or_default()
}

/// The state as a tag.
pub(in crate::cases) fn tag(state: &str, lang: Lang) -> AnyView {
    view! { <Tag text=state_name_for_staff(state, lang) tone=tone(state)/> }.into_any()
}
