//! `/respond`: a responder's phone page with duty, location, profile and offers, and their server functions.

use super::{RESPONDERS, offer};
use crate::{
    care::paths::RESPOND,
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
    },
    islands::{
        care::{share_place::share_place, time_left::time_left},
        cases::live_region::live_region,
    },
    ui::{
        Button, ButtonKind, CheckboxField, Choice, Details, EmptyState, Fieldset, IconName, PageHeading, PostForm, RadioField,
        Tag, Tone, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    FieldErrorKind, Lang, Problem,
    care::{
        duty::DutyStatement,
        geo::Fix,
        profile::LANGUAGES,
        reasons::clock,
        respond::{OfferView, RespondPage, ResponderSummary},
        responder::{Mode, Skill, language_name},
    },
    texts::respond as t,
};
use std::collections::HashMap;

/// The id of the live region.
const REGION: &str = "offers";

/// `/respond`
pub async fn page(ctx: Ctx) -> PageResult {
    let found = server::care::response::responders::page(ctx.store(), &ctx.actor).await?;
    Ok(ctx.page(t::title(ctx.lang), move |ctx| view(ctx, &found)))
}

fn view(ctx: &Ctx, found: &RespondPage) -> AnyView {
    let lang = ctx.lang;
    let (word, tone) = if found.me.on_duty { (t::duty_on(lang), Tone::Good) } else { (t::duty_off(lang), Tone::Neutral) };
    view! {
        <PageHeading title=t::title(lang)><Tag text=word tone=tone/></PageHeading>
        {time_left(t::welfare_left(lang))}
        <div class="stack" id=REGION>{region(lang, found)}</div>
        {live_region(events(&found.offers), REGION, t::news(lang))}
        <p><a href=RESPOND>{t::refresh(lang)}</a></p>
        {duty(lang, &found.me)}
        {place(lang, &found.me)}
        {profile(ctx, &found.me)}
    }
    .into_any()
}

/// The event stream: new offers arrive as notices, changes of an accepted call as events of the call.
fn events(offers: &[OfferView]) -> String {
    let mut watched = vec![("inbox", "1")];
    watched.extend(offers.first().map(|offer| ("case", offer.number.as_str())));
    format!("/live?{}", serde_urlencoded::to_string(watched).unwrap_or_default())
}

fn region(lang: Lang, found: &RespondPage) -> AnyView {
    if found.offers.is_empty() {
        let text = if found.me.on_duty { t::none_on(lang) } else { t::none_off(lang) };
        return view! { <EmptyState title=t::none(lang) text=text icon=IconName::HeartbeatSource/> }.into_any();
    }
    found.offers.iter().map(|offer| offer::view(lang, offer)).collect_view().into_any()
}

fn duty(lang: Lang, me: &ResponderSummary) -> AnyView {
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

fn place(lang: Lang, me: &ResponderSummary) -> AnyView {
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

fn profile(ctx: &Ctx, me: &ResponderSummary) -> AnyView {
    let lang = ctx.lang;
    let tick = |name: &str, code: &str, text: &str, checked: bool| {
        view! { <CheckboxField field=ctx.field(&format!("{name}[{code}]"), text) checked=checked/> }.into_any()
    };
    let skills: Vec<AnyView> = Skill::ALL.iter().map(|s| tick("skills", s.code(), s.text(lang), me.skills.contains(s))).collect();
    let languages: Vec<AnyView> = LANGUAGES
        .iter()
        .map(|tag| tick("languages", tag, language_name(tag, lang), me.languages.iter().any(|l| l == tag)))
        .collect();
    let modes: Vec<Choice> = Mode::ALL.iter().map(|m| Choice::new(m.code(), m.text(lang))).collect();
    let mode = ctx.flash.value("mode").or_else(|| me.mode.map(|m| m.code().to_owned()));
    let fields = view! {
        <Fieldset legend=t::profile_skills(lang)>{skills}</Fieldset>
        <Fieldset legend=t::profile_languages(lang)>{languages}</Fieldset>
        <RadioField field=ctx.field("mode", t::profile_mode(lang)).required() choices=modes value=mode/>
        <Button text=t::profile_save(lang) kind=ButtonKind::Secondary/>
    };
    let open = me.mode.is_none() || !ctx.flash.errors.is_empty();
    view! {
        <Details summary=t::profile(lang) open=open>
            <PostForm action=RespondProfile::PATH label=t::profile(lang)>{fields}</PostForm>
        </Details>
    }
    .into_any()
}

/// Sets the duty status: on duty (`on`), off duty (`off`), or by the rota (`rota`).
#[server(prefix = "/api", endpoint = "care/respond-duty")]
pub async fn respond_duty(on: String) -> Result<(), ActionError> {
    let ctx = authorize(RESPONDERS).await?;
    let said = DutyStatement::parse(&on).ok_or_else(|| Problem::field("", FieldErrorKind::NotAnOption))?;
    server::care::response::duty::set_duty(ctx.store(), &ctx.actor, said).await?;
    Flash::done(RESPOND, if said == DutyStatement::Off { "respond_off" } else { "respond_on" }).save(&ctx.session).await;
    leptos_axum::redirect(RESPOND);
    Ok(())
}

/// Saves skills (`skills[CODE]`), languages (`languages[TAG]`) and means of travel.
#[server(prefix = "/api", endpoint = "care/respond-profile")]
pub async fn respond_profile(
    mode: Option<String>,
    #[server(default)] skills: HashMap<String, String>,
    #[server(default)] languages: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(RESPONDERS).await?;
    let ticked = |map: HashMap<String, String>| {
        let mut all: Vec<String> = map.into_keys().collect();
        all.sort_unstable();
        all
    };
    let mode = mode.unwrap_or_default();
    server::care::response::responders::update_profile(ctx.store(), &ctx.actor, &ticked(skills), &ticked(languages), &mode)
        .await
        .map_err(|error| ActionError::without_fields(error, &["skills", "languages"]))?;
    Flash::done(RESPOND, "respond_profile").save(&ctx.session).await;
    leptos_axum::redirect(RESPOND);
    Ok(())
}

/// Saves the responder's location: degrees, metres, milliseconds since 1970.
#[server(prefix = "/api", endpoint = "care/respond-locate")]
pub async fn respond_locate(lat: f64, lon: f64, accuracy: Option<f64>, taken: f64) -> Result<(), ActionError> {
    let ctx = authorize(RESPONDERS).await?;
    let at = std::time::Duration::try_from_secs_f64(taken / 1000.0)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Problem::field("taken", FieldErrorKind::NotADate))?;
    let fix = Fix::new(lat, lon, accuracy, at).ok_or_else(|| Problem::field("lat", FieldErrorKind::NotANumber))?;
    server::care::response::responders::update_location(ctx.store(), &ctx.actor, &fix).await?;
    Ok(())
}

/// Deletes the responder's location.
#[server(prefix = "/api", endpoint = "care/respond-hide")]
pub async fn respond_hide() -> Result<(), ActionError> {
    let ctx = authorize(RESPONDERS).await?;
    server::care::response::responders::clear_location(ctx.store(), &ctx.actor).await?;
    Flash::done(RESPOND, "respond_hidden").save(&ctx.session).await;
    leptos_axum::redirect(RESPOND);
    Ok(())
}
