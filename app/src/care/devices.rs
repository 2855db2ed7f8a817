//! Devices (呼叫设备): what may call for somebody without a session.

use crate::http::Refusal;
#[cfg(feature = "ssr")]
use crate::{
    http::{
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{
        BackLink, Button, ButtonKind, Card, CardGrid, EmptyState, Glyph, Notice, PageHeading, PostForm, Tag, TextField, Tone,
        when,
    },
};
#[cfg(feature = "ssr")]
use axum::{http::HeaderMap, response::Response};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn;
#[cfg(feature = "ssr")]
use server::{
    account::gate::Access,
    care::intake::{
        credential::DeviceKind,
        devices::{self, DeviceView},
    },
    http::emergency::held,
};
#[cfg(feature = "ssr")]
use shared::texts::care_press as t;

#[cfg(feature = "ssr")]
const PATH: &str = "/care/devices";
/// Where the credential of a fresh button waits, in the session, until it is shown: once.
#[cfg(feature = "ssr")]
const FRESH: &str = "fresh_button";

/// Takes a device's credential back.
#[server(prefix = "/api", endpoint = "care/device-revoke")]
pub async fn revoke_device(device: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    devices::revoke(visit.store(), &visit.actor, crate::http::call::key(&device)?).await?;
    Flash::done(PATH, "care_device_revoked").leave(&visit.session).await;
    leptos_axum::redirect(PATH);
    Ok(())
}

/// Registers a button; its credential is shown on the page that comes next.
#[server(prefix = "/api", endpoint = "care/button-register")]
pub async fn register_button(label: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    let (_, token) = devices::register_button(visit.store(), &visit.actor, &label).await?;
    if let Err(error) = visit.session.insert(FRESH, &token).await {
        return Err(visit.problem(server::Error::Broken(format!("session: {error}"))).into());
    }
    leptos_axum::redirect(PATH);
    Ok(())
}

/// `/care/devices`
#[cfg(feature = "ssr")]
pub async fn page(visit: Visit, headers: HeaderMap) -> Response {
    answer(load(visit, &headers).await)
}

#[cfg(feature = "ssr")]
async fn load(visit: Visit, headers: &HeaderMap) -> PageResult {
    let held = held(headers, &visit.app.city);
    let all = devices::list(visit.store(), &visit.actor, held).await.map_err(|e| visit.problem(e))?;
    let fresh: Option<String> = visit.session.remove(FRESH).await.ok().flatten();
    Ok(visit.page(t::devices_title(visit.lang), move |visit| view(visit, &all, fresh.as_deref())))
}

#[cfg(feature = "ssr")]
fn view(visit: &Visit, all: &[DeviceView], fresh: Option<&str>) -> AnyView {
    let lang = visit.lang;
    let cards = all.iter().map(|device| card(visit, device)).collect_view();
    let list = if all.is_empty() {
        view! { <EmptyState title=t::devices_none(lang) glyph=Glyph::Phone/> }.into_any()
    } else {
        view! { <CardGrid>{cards}</CardGrid> }.into_any()
    };
    let secret = fresh.map(|token| {
        let token = token.to_owned();
        view! {
            <Notice tone=Tone::Warn title=t::device_secret_title(lang) live=true>
                <p>{t::device_secret_text(lang)}</p>
                <p><code class="sos-secret" translate="no">{token}</code></p>
            </Notice>
        }
    });
    let fields = view! {
        <TextField
            ask=visit.ask("label", t::device_label(lang)).hint(t::device_label_hint(lang)).required()
            value=visit.flash.value("label")
            autocomplete="off"
        />
        <Button text=t::device_add(lang) kind=ButtonKind::Secondary/>
    };
    view! {
        <BackLink href="/care" text=t::back_to_care(lang)/>
        <PageHeading title=t::devices_title(lang) lead=t::devices_lead(lang)/>
        {secret}
        {list}
        <section class="stack">
            <h2>{t::device_add(lang)}</h2>
            <PostForm action=RegisterButton::PATH>{fields}</PostForm>
        </section>
    }
    .into_any()
}

#[cfg(feature = "ssr")]
fn card(visit: &Visit, device: &DeviceView) -> AnyView {
    let lang = visit.lang;
    let kind = if device.kind == DeviceKind::Button { t::device_button(lang) } else { t::device_browser(lang) };
    let until = t::device_until(lang, when::moment(device.expires_at, lang));
    let tested = (device.kind == DeviceKind::Button).then(|| match device.tested_at {
        Some(at) => t::device_tested(lang, when::moment(at, lang)),
        None => t::device_never_tested(lang).to_owned(),
    });
    let used = device.used_at.map(|at| t::device_used(lang, when::moment(at, lang)));
    let lines = [Some(until), used, tested].into_iter().flatten();
    let lines = lines.map(|line| view! { <p class="hint">{line}</p> }).collect_view();
    let current = device.current.then(|| view! { <Tag text=t::device_current(lang) tone=Tone::Good/> });
    let hidden = vec![("device", device.id.to_string())];
    let button = view! { <Button text=t::device_revoke(lang) hidden=device.label.clone() kind=ButtonKind::Secondary/> };
    view! {
        <Card title=device.label.clone() text=kind>
            {lines}
            {current}
            <PostForm action=RevokeDevice::PATH hidden=hidden>{button}</PostForm>
        </Card>
    }
    .into_any()
}
