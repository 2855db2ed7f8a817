//! One call on a responder's page: the next step, the place and the person. It is in a live region, so it has buttons and links
//! but no inputs.

use super::offer_actions::RespondAct;
use crate::http::act::Target;
use crate::ui::{Button, ButtonKind, IconName, LinkButton, Notice, PostForm, SummaryList, SummaryRow, Tag, Tone, when};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    care::{
        geo::Fix,
        life::{ACCEPT_OFFER, ARRIVE, CHECK_IN, SET_OUT},
        press::words_for,
        reasons::{clock, distance_text, eta_text},
        respond::{CallPerson, OfferView, Stage},
        responder::language_name,
    },
    cases::Action,
    texts::respond as t,
};

/// The card of one call.
pub(super) fn view(lang: Lang, offer: &OfferView) -> AnyView {
    let (title, tag, tone) = match offer.stage {
        Stage::Asked => (t::asked(lang), None, Tone::Warn),
        Stage::Accepted => (t::yours(lang), Some(t::step_accepted(lang)), Tone::Progress),
        Stage::SetOut => (t::yours(lang), Some(t::step_set_out(lang)), Tone::Progress),
        Stage::Arrived => (t::yours(lang), Some(t::step_arrived(lang)), Tone::Good),
    };
    view! {
        <article class="offer">
            <div class="row">
                <h2>{title}</h2>
                {tag.map(|text| view! { <Tag text=text tone=tone/> })}
            </div>
            <p class="caption">{offer.number.clone()}" · "{t::asked_at(lang, clock(offer.offered_at))}</p>
            {due_notice(lang, offer)}
            {welfare(lang, offer)}
            {goal(lang, offer)}
            {next(lang, offer)}
            {route_links(lang, offer)}
            {calls(lang, offer)}
            {card(lang, offer)}
        </article>
    }
    .into_any()
}

/// The next step, as large buttons.
fn next(lang: Lang, offer: &OfferView) -> AnyView {
    let no = |text: &'static str| {
        let href = format!("/respond/{}/decline", offer.number);
        view! { <LinkButton href=href text=text kind=ButtonKind::Secondary/> }.into_any()
    };
    let buttons = match offer.stage {
        Stage::Asked => {
            let others = (offer.others > 0).then(|| view! { <p class="hint">{t::asked_others(lang, offer.others)}</p> });
            view! { {button(offer, ACCEPT_OFFER, t::accept(lang))} {no(t::decline(lang))} {others} }.into_any()
        }
        Stage::Accepted => {
            view! { {button(offer, SET_OUT, t::set_out(lang))} {button(offer, ARRIVE, t::arrive(lang))} {no(t::decline_after(lang))} }
                .into_any()
        }
        Stage::SetOut => view! { {button(offer, ARRIVE, t::arrive(lang))} {no(t::decline_after(lang))} }.into_any(),
        Stage::Arrived => {
            let href = format!("/respond/{}/done", offer.number);
            view! { {button(offer, CHECK_IN, t::check_in(lang))} <LinkButton href=href text=t::done(lang) kind=ButtonKind::Secondary/> }
                .into_any()
        }
    };
    view! { <div class="offer-next">{buttons}</div> }.into_any()
}

/// Draws a button with the idempotency key of this step: pressed twice, or on two open pages, it acts once. The key depends
/// only on the step, so that an unchanged page is drawn the same.
fn button(offer: &OfferView, action: Action, text: &'static str) -> AnyView {
    let since = offer.welfare_due_at.unwrap_or(offer.offered_at).as_millisecond();
    let key = format!("respond-{}-{since}", action.0);
    let hidden = Target { number: &offer.number, version: None, key: &key }.inputs(Some(action.0));
    let second = offer.stage == Stage::Accepted && action == ARRIVE;
    let kind = if second { ButtonKind::Secondary } else { ButtonKind::Primary };
    view! { <PostForm action=RespondAct::PATH hidden=hidden><Button text=text kind=kind/></PostForm> }.into_any()
}

/// The time by which the responder must act.
fn due_notice(lang: Lang, offer: &OfferView) -> Option<AnyView> {
    let due = offer.due_at?;
    let button = match offer.stage {
        Stage::Accepted => t::set_out(lang),
        Stage::SetOut => t::arrive(lang),
        Stage::Asked | Stage::Arrived => return None,
    };
    let words = t::promise_due(lang, t::AtButton { at: clock(due), button });
    Some(view! { <p class="welfare" data-due=due.as_second().to_string()>{words}</p> }.into_any())
}

fn welfare(lang: Lang, offer: &OfferView) -> AnyView {
    let alarm = offer.welfare_alarm_at.map(|_| {
        view! { <Notice tone=Tone::Bad><p>{t::welfare_alarm(lang)}</p></Notice> }
    });
    let due = offer.welfare_due_at.filter(|_| offer.stage == Stage::Arrived).map(|due| {
        view! { <p class="welfare" data-due=due.as_second().to_string()>{t::welfare_due(lang, clock(due))}</p> }
    });
    view! { {alarm} {due} }.into_any()
}

/// The address (地址), if known.
fn address(offer: &OfferView) -> Option<&str> {
    offer.who.card.as_ref().map(|card| card.address.as_str()).filter(|a| !a.is_empty())
}

/// The location, and the distance when the responder was asked.
fn goal(lang: Lang, offer: &OfferView) -> AnyView {
    let far = match (offer.distance_m, offer.eta_s) {
        (Some(metres), Some(seconds)) => {
            Some(t::how_far_line(lang, t::DistanceEta { distance: distance_text(lang, metres), eta: eta_text(lang, seconds) }))
        }
        _ => None,
    };
    view! {
        <p class="offer-goal">{address(offer).unwrap_or_else(|| t::address_unknown(lang)).to_owned()}</p>
        {far.map(|text| view! { <p class="number">{text}</p> })}
    }
    .into_any()
}

/// Links to the route in the phone's map app.
fn route_links(lang: Lang, offer: &OfferView) -> Option<AnyView> {
    let (geo, apple) = maps(&offer.who, address(offer))?;
    Some(
        view! {
            <div class="button-row">
                <LinkButton href=geo text=t::navigate(lang) kind=ButtonKind::Secondary icon=IconName::ArrowRight/>
                <LinkButton href=apple text=t::navigate_apple(lang) kind=ButtonKind::Quiet/>
            </div>
        }
        .into_any(),
    )
}

/// Addresses that the phone's map app opens (`geo:`, RFC 5870; `maps:` on an iPhone); this page sends nothing.
fn maps(who: &CallPerson, address: Option<&str>) -> Option<(String, String)> {
    let place = who.goal().map(|fix| format!("{:.6},{:.6}", fix.lat, fix.lon));
    let question = |name: &str, value: &str| serde_urlencoded::to_string([(name, value)]).unwrap_or_default();
    match (place, address) {
        (Some(place), _) => {
            Some((format!("geo:{place}?{}", question("q", &place)), format!("maps:?{}", question("daddr", &place))))
        }
        (None, Some(address)) => {
            Some((format!("geo:0,0?{}", question("q", address)), format!("maps:?{}", question("daddr", address))))
        }
        (None, None) => None,
    }
}

fn calls(lang: Lang, offer: &OfferView) -> AnyView {
    let call = |number: &String, text: &'static str| {
        view! { <LinkButton href=format!("tel:{number}") text=text hidden=number.clone() kind=ButtonKind::Secondary icon=IconName::Phone/> }
    };
    view! {
        <div class="button-row">
            {offer.centre_phone.as_ref().map(|number| call(number, t::call_centre(lang)))}
            {offer.who.callback.as_ref().map(|number| call(number, t::call_person(lang)))}
            {call(&"120".to_owned(), t::call_120(lang))}
        </div>
    }
    .into_any()
}

/// The person in need, as far as responders need to know.
fn card(lang: Lang, offer: &OfferView) -> AnyView {
    let who = &offer.who;
    if who.erased {
        return view! { <p>{t::card_erased(lang)}</p> }.into_any();
    }
    let mut rows = vec![(t::who(lang), who.name.clone().unwrap_or_else(|| t::who_unknown(lang).to_owned()))];
    rows.extend(who.words.as_ref().map(|words| (t::words(lang), words_for(words, lang))));
    if let Some(card) = &who.card {
        let languages: Vec<&str> = card.languages.iter().map(|tag| language_name(tag, lang)).collect();
        rows.extend([
            (t::conditions(lang), card.conditions.clone()),
            (t::allergies(lang), card.allergies.clone()),
            (t::medication(lang), card.medication.clone()),
            (t::mobility(lang), card.mobility.clone()),
            (t::key_place(lang), card.key_place.clone()),
            (t::languages(lang), languages.join(lang.pick("、", ", "))),
            (t::note(lang), card.note.clone()),
        ]);
    }
    rows.extend(who.place.as_ref().map(|fix| (t::caller_place(lang), place_line(lang, fix))));
    let rows = rows.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| SummaryRow::new(key, text)).collect();
    view! { <SummaryList rows=rows/> }.into_any()
}

fn place_line(lang: Lang, fix: &Fix) -> String {
    let (lat, lon) = (format!("{:.5}", fix.lat), format!("{:.5}", fix.lon));
    let line = t::caller_place_line(lang, t::AtLatLon { at: when::stamp(fix.taken_at, lang), lat, lon });
    match fix.accuracy_m {
        Some(metres) => format!("{line}{}{}", lang.pick("，", ", "), t::caller_place_within(lang, distance_text(lang, metres))),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::care::profile::Profile;

    #[test]
    fn maps_open_at_the_caller_or_home_or_address() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let home = Fix::new(30.5, 114.25, None, at);
        let card = Profile { home, ..Profile::default() };
        let place = Fix::new(30.6, 114.3, None, at);
        let who = CallPerson { card: Some(card.clone()), place, ..CallPerson::default() };
        let (geo, apple) = maps(&who, Some("洪山路")).unwrap();
        assert_eq!(geo, "geo:30.600000,114.300000?q=30.600000%2C114.300000");
        assert_eq!(apple, "maps:?daddr=30.600000%2C114.300000");
        let at_home = CallPerson { card: Some(card), ..CallPerson::default() };
        assert!(maps(&at_home, None).unwrap().0.starts_with("geo:30.500000,114.250000?"));
        assert_eq!(maps(&CallPerson::default(), Some("洪 山")).unwrap().0, "geo:0,0?q=%E6%B4%AA+%E5%B1%B1");
        assert_eq!(maps(&CallPerson::default(), None), None);
    }
}
