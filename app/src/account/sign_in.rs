//! Sign-in (登录): phone or e-mail and password.

use crate::{
    account::enter_session::{begin, landing, next_field, with_next},
    http::{
        Refusal,
        call::see_other,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{Button, Details, PageHeading, PasswordField, PostForm, TextField},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{gate::Access, sign_in::Outcome};
use shared::texts::account as t;

/// Checks the password and begins a session.
#[server(prefix = "/api", endpoint = "account/sign-in")]
pub async fn sign_in(contact: String, password: String, next: Option<String>) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    let outcome = server::account::sign_in::sign_in(&visit.app.city, &contact, &password, visit.address).await?;
    let who = begin(&visit, outcome.signed_in()).await?;
    let next = next.as_deref();
    leptos_axum::redirect(&match outcome {
        Outcome::SignedIn(_) => landing(&who, next),
        Outcome::NeedsSecondFactor(_) => with_next("/sign-in/code", next),
        Outcome::NeedsEnrolment(_) => with_next("/me/second-factor", next),
    });
    Ok(())
}

/// `/sign-in?next=`
pub async fn page(visit: Visit) -> Response {
    match &visit.presence {
        Some(who) => see_other(&landing(who, visit.query("next").as_deref())),
        None => answer(form(&visit)),
    }
}

fn form(visit: &Visit) -> PageResult {
    Ok(visit.page(t::sign_in_title(visit.lang), view))
}

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <TextField
            ask=visit.ask("contact", t::contact(lang)).required()
            value=visit.flash.value("contact")
            autocomplete="username"
        />
        <PasswordField ask=visit.ask("password", t::password(lang)).required()/>
        <Button text=t::sign_in_button(lang)/>
    };
    view! {
        <PageHeading title=t::sign_in_title(lang)/>
        <PostForm action=SignIn::PATH hidden=next_field(visit)>{fields}</PostForm>
        <p><a href="/reset">{t::forgot(lang)}</a></p>
        <p>{t::no_account(lang)} " " <a href="/sign-up">{t::sign_up_title(lang)}</a></p>
        {visit.app.city.config.demo.then(|| view! {
            <Details summary=t::demo_accounts(lang)><p>{t::demo_accounts_text(lang)}</p></Details>
        })}
    }
    .into_any()
}
