//! Sign-up (注册): a phone or an e-mail, then the code that was sent there and a password.

use super::enter_session::begin;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        redirect::see_other,
    },
    ui::{BackLink, Button, CodeField, Details, PageHeading, PasswordField, PostForm, TextField},
};
use axum::response::{IntoResponse, Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{contact::Contact, session::SignedIn},
};
use shared::texts::account as t;

/// Session key of the unconfirmed contact. It is not in the address, which logs and histories would keep.
const WAITING: &str = "sign_up";

/// Sends the code.
#[server(prefix = "/api", endpoint = "account/sign-up")]
pub async fn sign_up(contact: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    server::account::sign_up::request_code(&ctx.app.state, &contact, ctx.lang, ctx.address).await?;
    remember(&ctx, WAITING, &contact).await?;
    leptos_axum::redirect("/sign-up/code");
    Ok(())
}

/// Creates the account and signs in.
#[server(prefix = "/api", endpoint = "account/sign-up-code")]
pub async fn confirm_sign_up(code: String, password: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    let Some(contact) = waiting(&ctx, WAITING).await else {
        leptos_axum::redirect("/sign-up");
        return Ok(());
    };
    let account = server::account::sign_up::confirm(&ctx.app.state, &contact, &code, &password, ctx.lang)
        .await
        .map_err(|error| ActionError::without_fields(error, &["contact"]))?;
    forget(&ctx, WAITING).await;
    begin(&ctx, &SignedIn::now(account, false)).await?;
    Flash::done("/me/identity", "signed_up").save(&ctx.session).await;
    leptos_axum::redirect("/me/identity");
    Ok(())
}

/// Stores the contact until it is confirmed.
pub(super) async fn remember(ctx: &Ctx, key: &str, contact: &str) -> Result<(), ActionError> {
    let kept = ctx.session.insert(key, contact).await;
    kept.map_err(|e| server::Error::Broken(format!("session: {e}")).into())
}

/// The unconfirmed contact.
pub(super) async fn waiting(ctx: &Ctx, key: &str) -> Option<String> {
    ctx.session.get(key).await.ok().flatten()
}

/// Removes the unconfirmed contact.
pub(super) async fn forget(ctx: &Ctx, key: &str) {
    if let Err(error) = ctx.session.remove_value(key).await {
        tracing::warn!(%error, "a contact could not be forgotten");
    }
}

/// The contact masked, as the next page shows it; empty if it is invalid.
pub(super) fn masked(contact: &str) -> String {
    Contact::parse(contact).map(|contact| contact.masked()).unwrap_or_default()
}

/// In the demo, messages are not sent: the hint where to find them.
pub(super) fn outbox(ctx: &Ctx) -> Option<AnyView> {
    let lang = ctx.lang;
    ctx.app
        .state
        .config
        .demo
        .then(|| view! { <Details summary=t::demo_outbox(lang)><p>{t::demo_outbox_text(lang)}</p></Details> }.into_any())
}

/// `/sign-up`
pub async fn page(ctx: Ctx) -> Response {
    if ctx.presence.is_some() {
        return see_other("/me");
    }
    ctx.page(t::sign_up_title(ctx.lang), view).into_response()
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <TextField
            field=ctx.field("contact", t::contact(lang)).hint(t::contact_hint(lang)).required()
            value=ctx.flash.value("contact")
            autocomplete="username"
        />
        <Button text=t::send_code(lang)/>
    };
    view! {
        <PageHeading title=t::sign_up_title(lang) lead=t::sign_up_lead(lang)/>
        <PostForm action=SignUp::PATH>{fields}</PostForm>
        <Details summary=t::privacy(lang)><p>{t::privacy_text(lang)}</p></Details>
        <p>{t::have_account(lang)} " " <a href="/sign-in">{t::sign_in_title(lang)}</a></p>
    }
    .into_any()
}

/// `/sign-up/code`
pub async fn code_page(ctx: Ctx) -> Response {
    match waiting(&ctx, WAITING).await {
        Some(contact) => ctx.page(t::sign_up_code_title(ctx.lang), move |v| code_view(v, &masked(&contact))).into_response(),
        None => see_other("/sign-up"),
    }
}

fn code_view(ctx: &Ctx, to: &str) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <CodeField field=ctx.field("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        <PasswordField field=ctx.field("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/>
        <Button text=t::sign_up_button(lang)/>
    };
    view! {
        <BackLink href="/sign-up" text=t::other_contact(lang)/>
        <PageHeading title=t::sign_up_code_title(lang) lead=t::code_sent(lang, to)/>
        <PostForm action=ConfirmSignUp::PATH>{fields}</PostForm>
        {outbox(ctx)}
    }
    .into_any()
}
