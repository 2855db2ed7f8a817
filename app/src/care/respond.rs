//! `/respond`: a responder's phone page. Duty, position, and the calls they were asked to go to.

use super::{
    islands::{share_place::share_place, time_left::time_left},
    respond_acts::{RespondDuty, RespondHide, RespondLocate, RespondProfile},
    respond_offer,
};
use crate::{
    cases::islands::live_region::live_region,
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{
        Button, ButtonKind, CheckboxField, Choice, Details, EmptyState, Fieldset, Glyph, PageHeading, PostForm, RadioField, Tag,
        Tone, when,
    },
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::gate::Access;
use shared::{
    Lang,
    account::Permission,
    care::{
        profile::LANGUAGES,
        reasons::clock,
        respond::{Myself, OfferView, RespondPage},
        responder::{Mode, Skill, language_name},
    },
    texts::respond as t,
};

/// Who enters here.
pub const RESPONDERS: Access = Access::Staff(Permission::RespondToCalls);
/// Where it is.
pub const PATH: &str = "/respond";
/// The id of the part that is kept as it is on the server.
const REGION: &str = "offers";

/// `/respond`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let found = server::care::response::responders::page(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(visit.page(t::title(visit.lang), move |visit| view(visit, &found)))
}

fn view(visit: &Visit, found: &RespondPage) -> AnyView {
    let lang = visit.lang;
    let (word, tone) = if found.me.on_duty { (t::duty_on(lang), Tone::Good) } else { (t::duty_off(lang), Tone::Neutral) };
    view! {
        <PageHeading title=t::title(lang)><Tag text=word tone=tone/></PageHeading>
        {time_left(t::welfare_left(lang))}
        <div class="stack" id=REGION>{region(lang, found)}</div>
        {live_region(events(&found.offers), REGION, t::news(lang))}
        <p><a href=PATH>{t::refresh(lang)}</a></p>
        {duty(lang, &found.me)}
        {place(lang, &found.me)}
        {profile(visit, &found.me)}
    }
    .into_any()
}

/// New offers come with a notice; what happens to the call one goes to, with the call.
fn events(offers: &[OfferView]) -> String {
    let mut watched = vec![("inbox", "1")];
    watched.extend(offers.first().map(|offer| ("case", offer.number.as_str())));
    format!("/live?{}", serde_urlencoded::to_string(watched).unwrap_or_default())
}

fn region(lang: Lang, found: &RespondPage) -> AnyView {
    if found.offers.is_empty() {
        let text = if found.me.on_duty { t::none_on(lang) } else { t::none_off(lang) };
        return view! { <EmptyState title=t::none(lang) text=text glyph=Glyph::Heart/> }.into_any();
    }
    found.offers.iter().map(|offer| respond_offer::view(lang, offer)).collect_view().into_any()
}

fn duty(lang: Lang, me: &Myself) -> AnyView {
    let (value, text, kind) = match me.on_duty {
        true => ("off", t::duty_go_off(lang), ButtonKind::Secondary),
        false => ("on", t::duty_go_on(lang), ButtonKind::Primary),
    };
    let resting = me.resting_until.map(|until| view! { <p class="hint">{t::duty_resting(lang, clock(until))}</p> });
    view! {
        <section class="stack">
            <h2>{t::duty(lang)}</h2>
            {resting}
            <PostForm action=RespondDuty::PATH hidden=vec![("on", value.to_owned())]><Button text=text kind=kind/></PostForm>
        </section>
    }
    .into_any()
}

fn place(lang: Lang, me: &Myself) -> AnyView {
    let known = match me.located_at {
        Some(at) => t::place_shared(lang, when::stamp(at, lang)),
        None => t::place_none(lang).to_owned(),
    };
    let forget = me.located_at.map(|_| {
        view! { <PostForm action=RespondHide::PATH><Button text=t::place_forget(lang) kind=ButtonKind::Quiet/></PostForm> }
    });
    view! {
        <section class="stack">
            <h2>{t::place(lang)}</h2>
            <p>{known}</p>
            {share_place([
                ("action", RespondLocate::PATH.to_owned()),
                ("start", t::place_start(lang).to_owned()),
                ("stop", t::place_stop(lang).to_owned()),
                ("on", t::place_on(lang).to_owned()),
                ("denied", t::place_denied(lang).to_owned()),
                ("lost", t::place_lost(lang).to_owned()),
            ])}
            {forget}
        </section>
    }
    .into_any()
}

fn profile(visit: &Visit, me: &Myself) -> AnyView {
    let lang = visit.lang;
    let tick = |name: &str, code: &str, text: &str, checked: bool| {
        view! { <CheckboxField ask=visit.ask(&format!("{name}[{code}]"), text) checked=checked/> }.into_any()
    };
    let skills: Vec<AnyView> = Skill::ALL.iter().map(|s| tick("skills", s.code(), s.text(lang), me.skills.contains(s))).collect();
    let languages: Vec<AnyView> = LANGUAGES
        .iter()
        .map(|tag| tick("languages", tag, language_name(tag, lang), me.languages.iter().any(|l| l == tag)))
        .collect();
    let modes: Vec<Choice> = Mode::ALL.iter().map(|m| Choice::new(m.code(), m.text(lang))).collect();
    let mode = visit.flash.value("mode").or_else(|| me.mode.map(|m| m.code().to_owned()));
    let fields = view! {
        <Fieldset legend=t::profile_skills(lang)>{skills}</Fieldset>
        <Fieldset legend=t::profile_languages(lang)>{languages}</Fieldset>
        <RadioField ask=visit.ask("mode", t::profile_mode(lang)).required() choices=modes value=mode/>
        <Button text=t::profile_save(lang) kind=ButtonKind::Secondary/>
    };
    let open = me.mode.is_none() || !visit.flash.errors.is_empty();
    view! {
        <Details summary=t::profile(lang) open=open>
            <PostForm action=RespondProfile::PATH label=t::profile(lang)>{fields}</PostForm>
        </Details>
    }
    .into_any()
}
