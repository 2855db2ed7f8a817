//! The rows of the board.

use super::{act::ActOnCall, keys, ticks};
use crate::{
    http::{act::Target, context::Ctx},
    ui::{Button, Column, DataTable, EmptyState, OptionalText, Row, Tag, Tone},
};
use jiff::Timestamp;
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    care::{
        board::{Board, BoardRow, Holder},
        life,
    },
    cases::state_name,
    texts::dispatch as t,
};

/// Draws the table, or the empty state.
pub(super) fn table(ctx: &Ctx, found: &Board, bare: bool) -> AnyView {
    let lang = ctx.lang;
    let columns =
        [t::column_number, t::column_person, t::column_state, t::column_age, t::column_next, t::column_holder, t::column_goes];
    let columns = columns.into_iter().map(|text| Column::new(text(lang))).collect();
    let empty = move || {
        let text = if bare { t::empty_open(lang) } else { t::empty_narrowed(lang) };
        view! { <EmptyState title=t::empty_title(lang) text=text/> }.into_any()
    };
    let rows = found.rows.iter().map(|row| line(row, found.now, lang)).collect();
    view! { <DataTable caption=t::table(lang) quiet_caption=true columns=columns rows=rows empty=empty/> }.into_any()
}

/// The person in need, or a placeholder for an unknown or erased name.
pub(super) fn person_name(row: &BoardRow, lang: Lang) -> String {
    match (&row.name, row.known) {
        (Some(name), _) => name.clone(),
        (None, known) => nameless(known, lang).to_owned(),
    }
}

/// The text in place of an unknown or erased name.
pub(super) fn nameless(known: bool, lang: Lang) -> &'static str {
    if known { t::erased(lang) } else { t::unknown_caller(lang) }
}

/// The tone of a state for dispatchers.
pub(super) fn tone(state: &str) -> Tone {
    const TONES: &[(&str, Tone)] = &[
        (life::RINGING.0, Tone::Bad),
        (life::ANSWERED.0, Tone::Warn),
        (life::DISPATCHED.0, Tone::Progress),
        (life::ON_SCENE.0, Tone::Good),
        (life::RESOLVED.0, Tone::Good),
    ];
    TONES.iter().find(|(code, _)| *code == state).map(|(_, tone)| *tone).unwrap_or_default()
}

/// The state as a tag.
pub(super) fn tag(state: &str, lang: Lang) -> AnyView {
    view! { <Tag text=state_name(lang, state) tone=tone(state)/> }.into_any()
}

fn line(row: &BoardRow, now: Timestamp, lang: Lang) -> Row {
    let number = row.number.clone();
    let rings = row.state == life::RINGING.0;
    let announced = row.address.as_ref().map_or_else(
        || person_name(row, lang),
        |address| format!("{}{}{address}", person_name(row, lang), lang.pick("，", ", ")),
    );
    let mark = rings.then(|| view! { <span class="rings" data-ringing=number.clone() data-who=announced></span> });
    let presses = (row.presses > 1).then(|| view! { <span class="by-law">{t::presses(lang, row.presses)}</span> });
    let fine = row.fine.then(|| view! { <Tag text=t::says_fine(lang) tone=Tone::Good/> });
    let address = row.address.clone().map(|text| view! { <span class="by-law wraps">{text}</span> });
    let cells = vec![
        view! { {mark} <a class="row-link number" href=format!("/dispatch/{number}")>{number.clone()}</a> {presses} }.into_any(),
        view! { <strong>{person_name(row, lang)}</strong> {address} }.into_any(),
        view! { <span class="row">{tag(&row.state, lang)} {fine}</span> }.into_any(),
        ticks::since(row.raised_at, now),
        next(row, rings, now, lang),
        view! { {holder(&row.holder, lang)} {rings.then(|| answer_button(row, lang))} }.into_any(),
        responders_cell(row, lang),
    ];
    Row::new(OptionalText::default(), cells)
}

/// The next automatic step and its time.
fn next(row: &BoardRow, rings: bool, now: Timestamp, lang: Lang) -> AnyView {
    let Some(at) = row.next_step_at else { return view! { <span class="hint">{t::nothing_next(lang)}</span> }.into_any() };
    let what = if rings {
        t::next_ring(lang, t::RoundStep { round: row.round + 1, step: row.step })
    } else {
        t::next_again(lang).to_owned()
    };
    view! { {ticks::until(at, now)} <span class="by-law">{what}</span> }.into_any()
}

/// The holder of the call.
pub(super) fn holder(holder: &Holder, lang: Lang) -> AnyView {
    match holder {
        Holder::Nobody => view! { <span class="hint">{t::nobody(lang)}</span> }.into_any(),
        Holder::Me => view! { <strong>{t::me(lang)}</strong> }.into_any(),
        Holder::Colleague(name) => name.clone().into_any(),
        Holder::Helper => t::helper(lang).into_any(),
    }
}

/// Draws the button that answers the call. Its key stays the same while the call is unchanged, so that the row does not change
/// without a reason.
fn answer_button(row: &BoardRow, lang: Lang) -> AnyView {
    let key = format!("{}-{}-{}", life::ANSWER.0, row.number, row.version);
    let hidden = Target { number: &row.number, version: None, key: &key }.inputs(Some(life::ANSWER.0));
    let inputs = hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let text = shared::cases::action_name(lang, life::ANSWER.0);
    view! {
        <form class="inline-form" method="post" action=ActOnCall::PATH aria-label=t::answer_this(lang, &row.number)>
            {inputs}
            <Button text=text hidden=row.number.clone() shortcut=keys::key_of(life::ANSWER.0)/>
        </form>
    }
    .into_any()
}

fn responders_cell(row: &BoardRow, lang: Lang) -> AnyView {
    if row.goes.is_empty() && row.asked == 0 {
        return view! { <span class="hint">{t::goes_nobody(lang)}</span> }.into_any();
    }
    let names = row.goes.join(lang.pick("、", ", "));
    let there = (row.there > 0).then(|| view! { <span class="by-law">{t::goes_there(lang, row.there)}</span> });
    let asked = (row.asked > 0).then(|| view! { <span class="by-law">{t::goes_asked(lang, row.asked)}</span> });
    view! { {names} {there} {asked} }.into_any()
}
