//! A forgotten password (重置密码): a link by e-mail or a code by SMS, then a new one.

use crate::{
    account::{
        enter_session::end,
        sign_up::{forget, masked, outbox, remember, waiting},
    },
    http::{
        Refusal,
        call::see_other,
        flash::Flash,
        page::answer,
        visit::{Visit, enter},
    },
    ui::{BackLink, Button, CodeField, PageHeading, PasswordField, PostForm, TextField},
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::gate::Access;
use shared::texts::account as t;

/// Where the phone waits in the session for its code.
const WAITING: &str = "reset";

/// Sends the link or the code; says the same whether there is an account or not.
#[server(prefix = "/api", endpoint = "account/reset")]
pub async fn request_reset(contact: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    server::account::reset::request(&visit.app.city, &contact, visit.lang, visit.address).await?;
    if contact.contains('@') {
        Flash::done("/reset", "reset_link_sent").leave(&visit.session).await;
        leptos_axum::redirect("/reset");
    } else {
        remember(&visit, WAITING, &contact).await?;
        leptos_axum::redirect("/reset/code");
    }
    Ok(())
}

/// Sets the new password by the code of an SMS.
#[server(prefix = "/api", endpoint = "account/reset-code")]
pub async fn reset_by_code(code: String, password: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    let Some(contact) = waiting(&visit, WAITING).await else {
        leptos_axum::redirect("/reset");
        return Ok(());
    };
    server::account::reset::with_code(&visit.app.city, &contact, &code, &password)
        .await
        .map_err(|error| Refusal::without_fields(error, &["contact"]))?;
    forget(&visit, WAITING).await;
    to_sign_in(&visit).await
}

/// Sets the new password by the token of a link.
#[server(prefix = "/api", endpoint = "account/reset-link")]
pub async fn reset_by_link(token: String, password: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    server::account::reset::with_link(&visit.app.city, &token, &password)
        .await
        .map_err(|error| Refusal::without_fields(error, &["token"]))?;
    to_sign_in(&visit).await
}

/// Every session of the account has ended with its old password, this one too.
async fn to_sign_in(visit: &Visit) -> Result<(), Refusal> {
    end(visit).await?;
    Flash::done("/sign-in", "password_reset").leave(&visit.session).await;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// `/reset`
pub async fn page(visit: Visit) -> Response {
    answer(Ok(visit.page(t::reset_title(visit.lang), view)))
}

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <TextField
            ask=visit.ask("contact", t::contact(lang)).required()
            value=visit.flash.value("contact")
            autocomplete="username"
        />
        <Button text=t::send_code(lang)/>
    };
    view! {
        <BackLink href="/sign-in" text=t::sign_in_title(lang)/>
        <PageHeading title=t::reset_title(lang) lead=t::reset_lead(lang)/>
        <PostForm action=RequestReset::PATH>{fields}</PostForm>
        {outbox(visit)}
    }
    .into_any()
}

/// `/reset/code`
pub async fn code_page(visit: Visit) -> Response {
    match waiting(&visit, WAITING).await {
        Some(contact) => answer(Ok(visit.page(t::reset_title(visit.lang), move |v| code_view(v, &masked(&contact))))),
        None => see_other("/reset"),
    }
}

fn code_view(visit: &Visit, to: &str) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <CodeField ask=visit.ask("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        {new_password(visit)}
        <Button text=t::set_password(lang)/>
    };
    view! {
        <BackLink href="/reset" text=t::other_contact(lang)/>
        <PageHeading title=t::reset_title(lang) lead=t::reset_code_sent(lang, to)/>
        <PostForm action=ResetByCode::PATH>{fields}</PostForm>
        {outbox(visit)}
    }
    .into_any()
}

fn new_password(visit: &Visit) -> impl IntoView + use<> {
    let lang = visit.lang;
    view! { <PasswordField ask=visit.ask("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/> }
}

/// `/reset/{token}`: opening it uses nothing up, because mail programs open links too.
pub async fn link_page(visit: Visit, Path(token): Path<String>) -> Response {
    answer(Ok(visit.page(t::reset_title(visit.lang), move |v| link_view(v, &token))))
}

fn link_view(visit: &Visit, token: &str) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        {new_password(visit)}
        <Button text=t::set_password(lang)/>
    };
    view! {
        <PageHeading title=t::reset_title(lang)/>
        <PostForm action=ResetByLink::PATH hidden=vec![("token", token.to_owned())]>{fields}</PostForm>
        <p><a href="/reset">{t::reset_again(lang)}</a></p>
    }
    .into_any()
}
