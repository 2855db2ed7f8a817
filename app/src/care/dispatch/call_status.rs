//! The status of a call: moments and timers, possible actions, responders.

use super::{act::ActOnCall, board_rows, keys, ticks};
use crate::{
    http::{act::Target, context::Ctx},
    ui::{Button, ButtonKind, LinkButton, Notice, PostForm, SummaryList, SummaryRow, Tag, Tone},
};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    care::{
        board::Holder,
        call::{CallPage, OfferLine},
        life,
    },
    cases::{AllowedAction, CaseView, action_name},
    texts::dispatch as t,
};

/// The whole status.
pub(super) fn view(ctx: &Ctx, call: &CallPage, allowed: &[AllowedAction]) -> AnyView {
    let lang = ctx.lang;
    view! {
        {cancelled_notice(call, lang)}
        {moments(call, lang)}
        {actions(&call.case, allowed, lang)}
        {responders(call, lang)}
    }
    .into_any()
}

/// The notice that the caller cancelled; the dispatcher decides whether the call ends.
fn cancelled_notice(call: &CallPage, lang: Lang) -> Option<AnyView> {
    let at = ticks::at(call.moments.fine_at.filter(|_| !call.case.closed)?, call.now);
    Some(view! { <Notice tone=Tone::Good><p>{t::fine(lang)} " " {at}</p></Notice> }.into_any())
}

fn moments(call: &CallPage, lang: Lang) -> AnyView {
    let (m, now) = (&call.moments, call.now);
    let mut rows = vec![SummaryRow::new(
        t::pressed(lang),
        if call.case.closed {
            ticks::at(m.raised_at, now)
        } else {
            view! { {ticks::at(m.raised_at, now)} " · " {ticks::since(m.raised_at, now)} }.into_any()
        },
    )];
    let rings = call.case.state == life::RINGING.0;
    if let Some(at) = m.next_step_at {
        let label = if rings { t::next_step(lang) } else { t::rings_again(lang) };
        rows.push(SummaryRow::new(label, ticks::until(at, now)));
    }
    if rings {
        let step = t::policy_step(lang, t::RoundStepSteps { round: call.round + 1, step: call.step, steps: call.steps });
        rows.push(SummaryRow::new(t::column_next(lang), step));
    }
    let happened = [
        (t::first_answered(lang), m.first_answered_at),
        (t::answered(lang), m.answered_at.filter(|at| Some(*at) != m.first_answered_at)),
        (t::dispatched(lang), m.dispatched_at),
        (t::on_scene(lang), m.on_scene_at),
        (t::ended(lang), m.ended_at),
    ];
    rows.extend(happened.into_iter().filter_map(|(label, at)| Some(SummaryRow::new(label, ticks::at(at?, now)))));
    rows.push(SummaryRow::new(t::holder(lang), board_rows::holder(&holder(&call.case, rings), lang)));
    let link = |number: &String| view! { <a class="number" href=format!("/dispatch/{number}")>{number.clone()}</a> }.into_any();
    rows.extend(call.merged_into.iter().map(|number| SummaryRow::new(t::merged_into(lang), link(number))));
    if !call.merged.is_empty() {
        let links: Vec<AnyView> = call.merged.iter().map(|number| view! { {link(number)} " " }.into_any()).collect();
        rows.push(SummaryRow::new(t::merged_from(lang), links));
    }
    view! {
        <section class="stack" aria-labelledby="status">
            <h2 id="status">{t::status(lang)}</h2>
            <SummaryList rows=rows/>
        </section>
    }
    .into_any()
}

fn holder(case: &CaseView, rings: bool) -> Holder {
    match (&case.assignee_name, case.assigned_to_me) {
        _ if rings => Holder::Nobody,
        (_, true) => Holder::Me,
        (Some(name), false) => Holder::Colleague(name.clone()),
        (None, false) => Holder::Helper,
    }
}

/// The kind of an action's button.
pub(super) fn button_kind(action: &str) -> ButtonKind {
    const MAIN: [&str; 2] = [life::ANSWER.0, life::DISPATCH.0];
    match action {
        a if MAIN.contains(&a) => ButtonKind::Primary,
        a if a == life::CALL_OFF.0 => ButtonKind::Danger,
        _ => ButtonKind::Secondary,
    }
}

fn actions(case: &CaseView, allowed: &[AllowedAction], lang: Lang) -> AnyView {
    let buttons: Vec<AnyView> = allowed.iter().filter(|a| a.action != life::NOTE.0).map(|a| button(case, a, lang)).collect();
    let body = if buttons.is_empty() {
        view! { <p class="hint">{t::no_actions(lang)}</p> }.into_any()
    } else {
        view! { <div class="desk-actions">{buttons}</div> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="actions">
            <h2 id="actions">{t::actions(lang)}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// An idempotency key that stays the same while the call is unchanged.
pub(super) fn stable_key(case: &CaseView, action: &AllowedAction) -> String {
    let last = case.timeline.last().map_or(0, |e| e.seq);
    format!("{}-{}-{last}", action.action, case.number)
}

/// A button that acts at once, or a link to the form if the action needs input. The key of a button is stable
/// ([`stable_key`]), so that the live region differs only after a change of the call.
fn button(case: &CaseView, action: &AllowedAction, lang: Lang) -> AnyView {
    let text = action_name(lang, &action.action).to_owned();
    let (shortcut, kind) = (keys::key_of(&action.action), button_kind(&action.action));
    if action.action == life::DISPATCH.0 {
        // The list is on this page and its own button has the shortcut.
        return view! { <LinkButton href="#call-send" text=text kind=kind/> }.into_any();
    }
    if !action.requires.is_empty() {
        let href = format!("/dispatch/{}/{}", case.number, action.action);
        return view! { <LinkButton href=href text=text kind=kind shortcut=shortcut/> }.into_any();
    }
    let hidden = Target::shown(case, action, &stable_key(case, action)).inputs(Some(&action.action));
    view! {
        <PostForm action=ActOnCall::PATH hidden=hidden label=text.clone()>
            <div><Button text=text.clone() kind=kind shortcut=shortcut/></div>
        </PostForm>
    }
    .into_any()
}

fn responders(call: &CallPage, lang: Lang) -> AnyView {
    let lines = call.offers.iter().map(|offer| responder(offer, call.now, lang)).collect_view();
    let body = if call.offers.is_empty() {
        view! { <p class="hint">{t::helpers_none(lang)}</p> }.into_any()
    } else {
        view! { <ul class="helpers">{lines}</ul> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="helpers">
            <h2 id="helpers">{t::helpers(lang)}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// The latest stage of an offer, with its time.
pub(super) fn stage(offer: &OfferLine, lang: Lang) -> (&'static str, jiff::Timestamp, Tone) {
    let stages = [
        (t::offer_declined(lang), offer.declined_at, Tone::Neutral),
        (t::offer_late(lang), offer.withdrawn_at.filter(|_| offer.late), Tone::Bad),
        (t::offer_withdrawn(lang), offer.withdrawn_at, Tone::Neutral),
        (t::offer_done(lang), offer.done_at, Tone::Good),
        (t::offer_alarm(lang), offer.welfare_alarm_at, Tone::Bad),
        (t::offer_there(lang), offer.arrived_at, Tone::Good),
        (t::offer_on_way(lang), offer.set_out_at, Tone::Progress),
        (t::offer_accepted(lang), offer.accepted_at, Tone::Progress),
    ];
    stages.into_iter().find_map(|(text, at, tone)| Some((text, at?, tone))).unwrap_or((
        t::offer_asked(lang),
        offer.offered_at,
        Tone::Warn,
    ))
}

fn responder(offer: &OfferLine, now: jiff::Timestamp, lang: Lang) -> AnyView {
    let (text, at, tone) = stage(offer, lang);
    let away = offer.distance_m.zip(offer.located_at).filter(|_| offer.withdrawn_at.is_none() && offer.done_at.is_none());
    let away = away.map(|(metres, seen)| {
        let text =
            t::offer_distance(lang, t::AtDistance { at: ticks::clock(seen, now), distance: ticks::distance(metres, lang) });
        view! { <span class="by-law">{text}</span> }
    });
    view! {
        <li>
            <span><strong>{offer.name.clone()}</strong> {away}</span>
            <span class="row"><Tag text=text tone=tone/> {ticks::at(at, now)}</span>
        </li>
    }
    .into_any()
}
