//! Sign-up (注册): a phone or an e-mail, then the code that was sent there and a password.

use crate::{
    account::enter_session::begin,
    http::{
        Refusal,
        call::see_other,
        flash::Flash,
        page::answer,
        visit::{Visit, enter},
    },
    ui::{BackLink, Button, CodeField, Details, PageHeading, PasswordField, PostForm, TextField},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{contact::Contact, gate::Access, session::SignedIn};
use shared::texts::account as t;

/// Where the contact waits in the session for its code: an address would stand in logs and histories.
const WAITING: &str = "sign_up";

/// Sends the code.
#[server(prefix = "/api", endpoint = "account/sign-up")]
pub async fn sign_up(contact: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    server::account::sign_up::request_code(&visit.app.city, &contact, visit.lang, visit.address).await?;
    remember(&visit, WAITING, &contact).await?;
    leptos_axum::redirect("/sign-up/code");
    Ok(())
}

/// Makes the account and signs in.
#[server(prefix = "/api", endpoint = "account/sign-up-code")]
pub async fn confirm_sign_up(code: String, password: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    let Some(contact) = waiting(&visit, WAITING).await else {
        leptos_axum::redirect("/sign-up");
        return Ok(());
    };
    let account = server::account::sign_up::confirm(&visit.app.city, &contact, &code, &password, visit.lang)
        .await
        .map_err(|error| Refusal::without_fields(error, &["contact"]))?;
    forget(&visit, WAITING).await;
    begin(&visit, &SignedIn::now(account, false)).await?;
    Flash::done("/me/identity", "signed_up").leave(&visit.session).await;
    leptos_axum::redirect("/me/identity");
    Ok(())
}

/// Keeps the contact until its code comes back.
pub(super) async fn remember(visit: &Visit, key: &str, contact: &str) -> Result<(), Refusal> {
    let kept = visit.session.insert(key, contact).await;
    kept.map_err(|e| visit.problem(server::Error::Broken(format!("session: {e}"))).into())
}

/// The contact that waits for its code.
pub(super) async fn waiting(visit: &Visit, key: &str) -> Option<String> {
    visit.session.get(key).await.ok().flatten()
}

/// The contact has had its code.
pub(super) async fn forget(visit: &Visit, key: &str) {
    if let Err(error) = visit.session.remove_value(key).await {
        tracing::warn!(%error, "a contact could not be forgotten");
    }
}

/// The contact as shown back: masked, for who looks over a shoulder.
pub(super) fn masked(contact: &str) -> String {
    match Contact::parse(contact) {
        Ok(Contact::Phone(phone)) => phone.masked(),
        Ok(Contact::Email(email)) => email.masked(),
        Err(_) => String::new(),
    }
}

/// In a demo no message leaves the machine: where it is to be found.
pub(super) fn outbox(visit: &Visit) -> Option<AnyView> {
    let lang = visit.lang;
    visit
        .app
        .city
        .config
        .demo
        .then(|| view! { <Details summary=t::demo_outbox(lang)><p>{t::demo_outbox_text(lang)}</p></Details> }.into_any())
}

/// `/sign-up`
pub async fn page(visit: Visit) -> Response {
    if visit.presence.is_some() {
        return see_other("/me");
    }
    answer(Ok(visit.page(t::sign_up_title(visit.lang), view)))
}

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <TextField
            ask=visit.ask("contact", t::contact(lang)).hint(t::contact_hint(lang)).required()
            value=visit.flash.value("contact")
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
pub async fn code_page(visit: Visit) -> Response {
    match waiting(&visit, WAITING).await {
        Some(contact) => answer(Ok(visit.page(t::sign_up_code_title(visit.lang), move |v| code_view(v, &masked(&contact))))),
        None => see_other("/sign-up"),
    }
}

fn code_view(visit: &Visit, to: &str) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <CodeField ask=visit.ask("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        <PasswordField ask=visit.ask("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/>
        <Button text=t::sign_up_button(lang)/>
    };
    view! {
        <BackLink href="/sign-up" text=t::other_contact(lang)/>
        <PageHeading title=t::sign_up_code_title(lang) lead=t::code_sent(lang, to)/>
        <PostForm action=ConfirmSignUp::PATH>{fields}</PostForm>
        {outbox(visit)}
    }
    .into_any()
}
