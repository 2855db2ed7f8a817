//! Devices (呼叫设备) that make emergency calls without a session.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        request::parse_id,
    },
    ui::{
        BackLink, Button, ButtonKind, Card, CardGrid, EmptyState, IconName, Notice, PageHeading, PostForm, Tag, TextField, Tone,
        when,
    },
};
use axum::http::HeaderMap;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    care::intake::{
        credential::DeviceKind,
        devices::{self, DeviceView},
        identify::device_token,
    },
};
use shared::texts::care_press as t;

const PATH: &str = "/care/devices";
/// Session key of the credential of a new button until it is shown, once.
const FRESH: &str = "fresh_button";

/// Revokes a device's credential.
#[server(prefix = "/api", endpoint = "care/device-revoke")]
pub async fn revoke_device(device: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    devices::revoke(ctx.store(), &ctx.actor, parse_id(&device)?).await?;
    Flash::done(PATH, "care_device_revoked").save(&ctx.session).await;
    leptos_axum::redirect(PATH);
    Ok(())
}

/// Registers a button; its credential is shown on the next page.
#[server(prefix = "/api", endpoint = "care/button-register")]
pub async fn register_button(label: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let (_, token) = devices::register_button(ctx.store(), &ctx.actor, &label).await?;
    if let Err(error) = ctx.session.insert(FRESH, &token).await {
        return Err(server::Error::Broken(format!("session: {error}")).into());
    }
    leptos_axum::redirect(PATH);
    Ok(())
}

/// `/care/devices`
pub async fn page(ctx: Ctx, headers: HeaderMap) -> PageResult {
    load(ctx, &headers).await
}

async fn load(ctx: Ctx, headers: &HeaderMap) -> PageResult {
    let held = device_token(headers, &ctx.app.state);
    let all = devices::list(ctx.store(), &ctx.actor, held).await?;
    let fresh: Option<String> = ctx.session.remove(FRESH).await.ok().flatten();
    Ok(ctx.page(t::devices_title(ctx.lang), move |ctx| view(ctx, &all, fresh.as_deref())))
}

fn view(ctx: &Ctx, all: &[DeviceView], fresh: Option<&str>) -> AnyView {
    let lang = ctx.lang;
    let cards = all.iter().map(|device| card(ctx, device)).collect_view();
    let list = if all.is_empty() {
        view! { <EmptyState title=t::devices_none(lang) icon=IconName::Phone/> }.into_any()
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
            field=ctx.field("label", t::device_label(lang)).hint(t::device_label_hint(lang)).required()
            value=ctx.flash.value("label")
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

fn card(ctx: &Ctx, device: &DeviceView) -> AnyView {
    let lang = ctx.lang;
    let kind = if device.kind == DeviceKind::Button { t::device_button(lang) } else { t::device_browser(lang) };
    let until = t::device_until(lang, when::moment(device.expires_at.into(), lang));
    let tested = (device.kind == DeviceKind::Button).then(|| match device.tested_at {
        Some(at) => t::device_tested(lang, when::moment(at.into(), lang)),
        None => t::device_never_tested(lang).to_owned(),
    });
    let used = device.used_at.map(|at| t::device_used(lang, when::moment(at.into(), lang)));
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
