//! `/care/sos`: one very large button. It works without a session, without a script and, once opened, without a network.

use super::{api::new_press_key, call_status::draw_status};
use crate::{
    care::paths::CALLS,
    http::{context::Ctx, page::PageResult},
    islands::care::sos::sos,
    ui::{
        Button, ButtonKind, CheckboxField, Choice, Details, FieldProps, Icon, IconName, PageHeading, PostForm, RadioField,
        TextArea, TextField,
    },
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use server::care::intake::{
    call_list::{CaredPerson, may_call_for},
    caller::{CallQuery, status},
    identify,
    raise::Caller,
};
use shared::{
    Lang,
    care::press::{CallStatus, Phase, PressKey},
    texts::care_press as t,
};

/// The data of the page.
struct Loaded {
    /// The key of the press that the button sends without a script.
    key: PressKey,
    /// The call to follow.
    call: Option<CallStatus>,
    /// The people for whom the account may also call.
    others: Vec<CaredPerson>,
    /// Whether the caller is unknown.
    unknown: bool,
    /// Whether only the browser is known.
    browser: bool,
}

/// `/care/sos`
pub async fn page(ctx: Ctx, headers: HeaderMap) -> Response {
    let mut response = load(ctx, &headers).await.into_response();
    // A cached copy would contain the key of an old press.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn load(ctx: Ctx, headers: &HeaderMap) -> PageResult {
    let state = &ctx.app.state;
    let who = identify::identify_caller(state, headers).await;
    let key = identify::last_press(headers, state);
    let ask = CallQuery { key: key.clone(), number: None, who: who.clone() };
    // Data that cannot be read now is left out; the button is always shown.
    let mut call = status(state, &ask).await.ok();
    if key.is_none() {
        call = call.filter(|c| c.phase != Phase::Ended);
    }
    let others =
        if ctx.actor.account.is_some() { may_call_for(&state.store, &ctx.actor).await.unwrap_or_default() } else { Vec::new() };
    let loaded = Loaded {
        key: new_press_key(),
        call,
        others,
        unknown: matches!(who, Caller::Anonymous),
        browser: matches!(who, Caller::Browser { .. }),
    };
    Ok(ctx.page(t::title(ctx.lang), move |ctx| view(ctx, &loaded)))
}

fn view(ctx: &Ctx, loaded: &Loaded) -> AnyView {
    let lang = ctx.lang;
    let on = loaded.call.as_ref().is_some_and(|c| c.phase != Phase::Ended);
    let own = loaded.call.as_ref().map_or(ctx.actor.acting_for.is_none(), |c| c.own);
    view! {
        <div class="sos stack" id="sos" data-on=on.to_string() data-own=own.to_string() data-lang=lang.code()>
            <PageHeading title=t::title(lang) lead=t::lead(lang)/>
            <div class="stack" id="sos-on" hidden=!on>
                {button(lang)}
            </div>
            <div id="sos-state" class="sos-state" role="status">{loaded.call.as_ref().map(|c| draw_status(lang, c))}</div>
            <div class="stack" id="sos-acts" hidden=!on>{caller_actions(lang, loaded.call.as_ref())}</div>
            <div class="stack" id="sos-ask" hidden=on>{press_form(lang, loaded)}</div>
            {call_120(lang)}
            {on.then(|| refresh_script(lang))}
        </div>
    }
    .into_any()
}

/// The phone number beside the button, always shown.
fn call_120(lang: Lang) -> AnyView {
    view! {
        <section class="sos-phone stack">
            <a class="button button-secondary sos-120" href="tel:120"><Icon icon=IconName::Phone/><span>{t::call_120(lang)}</span></a>
            <p class="hint">{t::call_120_text(lang)}</p>
        </section>
    }
    .into_any()
}

/// Without a script the page refreshes itself.
fn refresh_script(lang: Lang) -> AnyView {
    view! {
        <noscript>
            <meta http-equiv="refresh" content="5"/>
            <p class="hint">{t::no_script(lang)}</p>
        </noscript>
    }
    .into_any()
}

/// The button with optional details.
fn press_form(lang: Lang, loaded: &Loaded) -> AnyView {
    let callback = loaded.unknown.then(|| {
        view! {
            <TextField
                field=FieldProps::new("callback", t::callback(lang)).hint(t::callback_hint(lang))
                kind="tel"
                inputmode="tel"
                autocomplete="tel"
                width=11
            />
        }
    });
    let whom = (!loaded.others.is_empty()).then(|| {
        let me = [Choice::new("", t::for_me(lang))].into_iter();
        let choices = me.chain(loaded.others.iter().map(|o| Choice::new(o.person.to_string(), o.name.clone()))).collect();
        view! { <RadioField field=FieldProps::new("for_person", t::for_whom(lang)) choices=choices value=""/> }
    });
    view! {
        <form class="form sos-form" id="sos-form" method="post" action=CALLS novalidate>
            <input type="hidden" name="id" value=loaded.key.id.to_string()/>
            <input type="hidden" name="secret" value=loaded.key.secret.clone()/>
            {whom}
            <button type="submit" class="sos-button" id="sos-press">
                <Icon icon=IconName::Alert/>
                <span class="sos-button-text">{t::press(lang)}</span>
            </button>
            <p class="sos-hold" id="sos-hold-longer" role="status"></p>
            {callback}
        </form>
        {loaded.browser.then(|| view! { <p class="hint">{t::browser_known(lang)}</p> })}
        <div id="sos-settings" hidden=true>
            <Details summary=t::hold_title(lang)>
                <CheckboxField field=FieldProps::new("hold", t::hold_choice(lang))/>
            </Details>
        </div>
    }
    .into_any()
}

/// The caller's actions on a call: report being fine, add details.
fn caller_actions(lang: Lang, call: Option<&CallStatus>) -> AnyView {
    let reachable = call.is_some_and(|c| c.reachable);
    let early = call.is_none_or(|c| c.cancel_left > 0);
    let callback = (!reachable).then(|| {
        view! {
            <TextField field=FieldProps::new("phone", t::callback(lang)) kind="tel" inputmode="tel" autocomplete="tel" width=11/>
        }
    });
    view! {
        <PostForm action=format!("{CALLS}/cancel") id="sos-cancel">
            <Button text=if early { t::cancel(lang) } else { t::fine(lang) } kind=ButtonKind::Secondary icon=IconName::Check/>
        </PostForm>
        <div id="sos-more">
            <Details summary=t::more_title(lang)>
                <PostForm action=format!("{CALLS}/more")>
                    <TextArea field=FieldProps::new("words", t::more_words(lang)) rows=3/>
                    {callback}
                    <Button text=t::more_send(lang) kind=ButtonKind::Secondary/>
                </PostForm>
            </Details>
        </div>
    }
    .into_any()
}

fn button(lang: Lang) -> AnyView {
    sos([
        ("sending", t::sending(lang).to_owned()),
        ("connection_lost", t::lost_touch(lang).to_owned()),
        ("countdown", t::countdown(lang).to_owned()),
        ("cancelling", t::cancelling(lang).to_owned()),
        ("locate", t::locate(lang).to_owned()),
        ("locate_other_person", t::locate_with_them(lang).to_owned()),
        ("locating", t::locating(lang).to_owned()),
        ("located", t::located(lang).to_owned()),
        ("not_located", t::not_located(lang).to_owned()),
        ("hold", t::press_hold(lang).to_owned()),
        ("press", t::press(lang).to_owned()),
        ("hold_longer", t::hold_longer(lang).to_owned()),
    ])
}
