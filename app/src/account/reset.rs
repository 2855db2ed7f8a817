//! Reset of a forgotten password (重置密码) by an e-mail link or an SMS code.

use super::{
    enter_session::end,
    sign_up::{forget, masked, outbox, remember, waiting},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        redirect::see_other,
    },
    ui::{BackLink, Button, CodeField, PageHeading, PasswordField, PostForm, TextField},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::texts::account as t;

/// Session key of the phone number during the reset.
const WAITING: &str = "reset";

/// Sends the link or the code; the response does not reveal whether the account exists.
#[server(prefix = "/api", endpoint = "account/reset")]
pub async fn request_reset(contact: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    server::account::reset::request(&ctx.app.state, &contact, ctx.lang, ctx.address).await?;
    if contact.contains('@') {
        Flash::done("/reset", "reset_link_sent").save(&ctx.session).await;
        leptos_axum::redirect("/reset");
    } else {
        remember(&ctx, WAITING, &contact).await?;
        leptos_axum::redirect("/reset/code");
    }
    Ok(())
}

/// Sets the new password by the code of an SMS.
#[server(prefix = "/api", endpoint = "account/reset-code")]
pub async fn reset_by_code(code: String, password: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    let Some(contact) = waiting(&ctx, WAITING).await else {
        leptos_axum::redirect("/reset");
        return Ok(());
    };
    server::account::reset::with_code(&ctx.app.state, &contact, &code, &password)
        .await
        .map_err(|error| ActionError::without_fields(error, &["contact"]))?;
    forget(&ctx, WAITING).await;
    to_sign_in(&ctx).await
}

/// Sets the new password by the token of a link.
#[server(prefix = "/api", endpoint = "account/reset-link")]
pub async fn reset_by_link(token: String, password: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    server::account::reset::with_link(&ctx.app.state, &token, &password)
        .await
        .map_err(|error| ActionError::without_fields(error, &["token"]))?;
    to_sign_in(&ctx).await
}

/// Every session of the account has ended with its old password, this one too.
async fn to_sign_in(ctx: &Ctx) -> Result<(), ActionError> {
    end(ctx).await?;
    Flash::done("/sign-in", "password_reset").save(&ctx.session).await;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// `/reset`
pub async fn page(ctx: Ctx) -> PageResult {
    Ok(ctx.page(t::reset_title(ctx.lang), view))
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <TextField
            field=ctx.field("contact", t::contact(lang)).required()
            value=ctx.flash.value("contact")
            autocomplete="username"
        />
        <Button text=t::send_code(lang)/>
    };
    view! {
        <BackLink href="/sign-in" text=t::sign_in_title(lang)/>
        <PageHeading title=t::reset_title(lang) lead=t::reset_lead(lang)/>
        <PostForm action=RequestReset::PATH>{fields}</PostForm>
        {outbox(ctx)}
    }
    .into_any()
}

/// `/reset/code`
pub async fn code_page(ctx: Ctx) -> Response {
    match waiting(&ctx, WAITING).await {
        Some(contact) => ctx.page(t::reset_title(ctx.lang), move |v| code_view(v, &masked(&contact))).into_response(),
        None => see_other("/reset"),
    }
}

fn code_view(ctx: &Ctx, to: &str) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <CodeField field=ctx.field("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        {new_password(ctx)}
        <Button text=t::set_password(lang)/>
    };
    view! {
        <BackLink href="/reset" text=t::other_contact(lang)/>
        <PageHeading title=t::reset_title(lang) lead=t::reset_code_sent(lang, to)/>
        <PostForm action=ResetByCode::PATH>{fields}</PostForm>
        {outbox(ctx)}
    }
    .into_any()
}

fn new_password(ctx: &Ctx) -> impl IntoView + use<> {
    let lang = ctx.lang;
    view! { <PasswordField field=ctx.field("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/> }
}

/// `/reset/{token}`: opening it does not consume the token, because mail programs open links too.
pub async fn link_page(ctx: Ctx, Path(token): Path<String>) -> PageResult {
    Ok(ctx.page(t::reset_title(ctx.lang), move |v| link_view(v, &token)))
}

fn link_view(ctx: &Ctx, token: &str) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        {new_password(ctx)}
        <Button text=t::set_password(lang)/>
    };
    view! {
        <PageHeading title=t::reset_title(lang)/>
        <PostForm action=ResetByLink::PATH hidden=vec![("token", token.to_owned())]>{fields}</PostForm>
        <p><a href="/reset">{t::reset_again(lang)}</a></p>
    }
    .into_any()
}
