//! Sign-in (登录): phone or e-mail and password.

use super::enter_session::{begin, landing, next_field, with_next};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        redirect::see_other,
    },
    ui::{Button, Details, PageHeading, PasswordField, PostForm, TextField},
};
use axum::response::{IntoResponse, Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, account::sign_in::SignInOutcome};
use shared::texts::account as t;

/// Checks the password and begins a session.
#[server(prefix = "/api", endpoint = "account/sign-in")]
pub async fn sign_in(contact: String, password: String, next: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    let outcome = server::account::sign_in::sign_in(&ctx.app.state, &contact, &password, ctx.address).await?;
    let who = begin(&ctx, outcome.signed_in()).await?;
    let next = next.as_deref();
    leptos_axum::redirect(&match outcome {
        SignInOutcome::SignedIn(_) => landing(&who, next),
        SignInOutcome::NeedsSecondFactor(_) => with_next("/sign-in/code", next),
        SignInOutcome::NeedsEnrolment(_) => with_next("/me/second-factor", next),
    });
    Ok(())
}

/// `/sign-in?next=`
pub async fn page(ctx: Ctx) -> Response {
    match &ctx.presence {
        Some(who) => see_other(&landing(who, ctx.query("next").as_deref())),
        None => form(&ctx).into_response(),
    }
}

fn form(ctx: &Ctx) -> PageResult {
    Ok(ctx.page(t::sign_in_title(ctx.lang), view))
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <TextField
            field=ctx.field("contact", t::contact(lang)).required()
            value=ctx.flash.value("contact")
            autocomplete="username"
        />
        <PasswordField field=ctx.field("password", t::password(lang)).required()/>
        <Button text=t::sign_in_button(lang)/>
    };
    view! {
        <PageHeading title=t::sign_in_title(lang)/>
        <PostForm action=SignIn::PATH hidden=next_field(ctx)>{fields}</PostForm>
        <p><a href="/reset">{t::forgot(lang)}</a></p>
        <p>{t::no_account(lang)} " " <a href="/sign-up">{t::sign_up_title(lang)}</a></p>
        {ctx.app.state.config.demo.then(|| view! {
            <Details summary=t::demo_accounts(lang)><p>{t::demo_accounts_text(lang)}</p></Details>
        })}
    }
    .into_any()
}
