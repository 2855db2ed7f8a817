//! The person card: contact data, care profile, contacts and location.

use super::{reveal::RevealNumber, ticks};
use crate::{
    http::context::Ctx,
    ui::{Button, ButtonKind, Notice, SummaryList, SummaryRow, Tag, Tone},
};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    care::{
        call::{CallPage, ContactLine, Phone},
        geo::distance_m,
        press::words_for,
        profile::Profile,
    },
    texts::dispatch as t,
};

/// The whole card.
pub(super) fn view(ctx: &Ctx, call: &CallPage) -> AnyView {
    let lang = ctx.lang;
    let unknown = (!call.known).then(|| view! { <Notice tone=Tone::Warn><p>{t::card_unknown(lang)}</p></Notice> });
    let mut reach = Vec::new();
    if let Some(phone) = &call.callback {
        reach.push(SummaryRow::new(t::callback(lang), number(ctx, call, phone, "callback")));
    }
    if let Some(words) = &call.words {
        reach.push(SummaryRow::new(t::words(lang), view! { <p class="said">{words_for(words, lang)}</p> }));
    }
    reach.push(SummaryRow::new(t::place(lang), place(call, lang)));
    let logged = (!call.case.closed).then(|| view! { <p class="hint">{t::numbers_logged(lang)}</p> });
    view! {
        {unknown}
        <SummaryList rows=reach/>
        {call.known.then(|| card(call.card.as_ref(), lang))}
        {call.known.then(|| contacts(ctx, call))}
        {logged}
    }
    .into_any()
}

/// A telephone number: as a link to dial, or masked with the button that reveals it once.
fn number(ctx: &Ctx, call: &CallPage, phone: &Phone, field: &str) -> AnyView {
    let lang = ctx.lang;
    if phone.full {
        return view! { <a class="number phone" href=format!("tel:{}", phone.text)>{phone.text.clone()}</a> }.into_any();
    }
    // The live region keeps an element with this attribute, which the server draws once only.
    let id = format!("number-{field}");
    if let Some(shown) = ctx.flash.value(&format!("shown.{field}")) {
        return view! {
            <span id=id data-once="">
                <span class="hint">{t::shown_logged(lang)}</span>
                " "
                <a class="number phone" href=format!("tel:{shown}")>{shown.clone()}</a>
            </span>
        }
        .into_any();
    }
    let inputs = [("number", call.case.number.clone()), ("field", field.to_owned())]
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <div id=id>
            <span class="number">{phone.text.clone()}</span>
            <form class="inline-form" method="post" action=RevealNumber::PATH>
                {inputs}
                <Button text=t::show_number(lang) kind=ButtonKind::Quiet/>
            </form>
        </div>
    }
    .into_any()
}

fn place(call: &CallPage, lang: Lang) -> AnyView {
    let Some(place) = &call.place else { return view! { <span class="hint">{t::place_none(lang)}</span> }.into_any() };
    let fix = &place.fix;
    let line = t::place_line(lang, t::LatLon { lat: format!("{:.5}", fix.lat), lon: format!("{:.5}", fix.lon) });
    let accuracy = fix.accuracy_m.map(|m| t::place_accuracy(lang, format!("{m:.0}")));
    let taken = t::place_taken(lang, ticks::clock(fix.taken_at, call.now));
    let home = call
        .card
        .as_ref()
        .and_then(|c| c.home)
        .map(|home| t::place_from_home(lang, ticks::distance(distance_m((fix.lat, fix.lon), (home.lat, home.lon)), lang)));
    let lines = [Some(taken), accuracy, home];
    view! {
        <p class="number">{line}</p>
        {lines.into_iter().flatten().map(|text| view! { <p class="hint">{text}</p> }).collect_view()}
        <p class="hint">{ticks::since(fix.taken_at, call.now)}</p>
    }
    .into_any()
}

fn card(card: Option<&Profile>, lang: Lang) -> AnyView {
    let body = match card {
        None => view! { <p class="hint">{t::card_none(lang)}</p> }.into_any(),
        Some(card) => {
            let languages = card.languages.join(lang.pick("、", ", "));
            let lines = [
                (t::address(lang), &card.address),
                (t::key_place(lang), &card.key_place),
                (t::conditions(lang), &card.conditions),
                (t::medication(lang), &card.medication),
                (t::allergies(lang), &card.allergies),
                (t::mobility(lang), &card.mobility),
                (t::languages(lang), &languages),
                (t::note_card(lang), &card.note),
            ];
            let rows = lines
                .into_iter()
                .filter(|(_, text)| !text.trim().is_empty())
                .map(|(label, text)| SummaryRow::new(label, view! { <p class="said">{text.clone()}</p> }))
                .collect();
            view! { <SummaryList rows=rows/> }.into_any()
        }
    };
    view! {
        <section class="stack" aria-labelledby="card">
            <h2 id="card">{t::card(lang)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn contacts(ctx: &Ctx, call: &CallPage) -> AnyView {
    let lang = ctx.lang;
    let lines = call.contacts.iter().map(|c| contact(ctx, call, c)).collect_view();
    let body = if call.contacts.is_empty() {
        view! { <p class="hint">{t::contacts_none(lang)}</p> }.into_any()
    } else {
        view! { <ul class="helpers">{lines}</ul> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="contacts">
            <h2 id="contacts">{t::contacts(lang)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn contact(ctx: &Ctx, call: &CallPage, line: &ContactLine) -> AnyView {
    let lang = ctx.lang;
    let name = if line.relation.is_empty() {
        line.name.clone()
    } else {
        t::contact_line(lang, t::NameRelation { name: &line.name, relation: &line.relation })
    };
    let key = line.key_holder.then(|| view! { <Tag text=t::key_holder(lang) tone=Tone::Good/> });
    view! {
        <li>
            <span class="row"><strong>{name}</strong> {key}</span>
            <span class="row">{number(ctx, call, &line.phone, &format!("contact.{}", line.id))}</span>
        </li>
    }
    .into_any()
}
