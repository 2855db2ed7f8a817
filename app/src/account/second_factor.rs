//! The second step of sign-in (二次验证): the six digits of the authenticator.

use super::{
    enter_session::{begin, current, landing, next_field, with_next},
    sign_out::SignOut,
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        problem_response::ProblemResponse,
        redirect::see_other,
    },
    ui::{Button, ButtonKind, CodeField, PageHeading, PostForm},
};
use axum::response::{IntoResponse, Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::texts::account as t;

/// Checks the code; from then on the session's roles count.
#[server(prefix = "/api", endpoint = "account/second-factor")]
pub async fn second_factor(code: String, next: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let mut signed_in = current(&ctx).await?;
    server::account::sign_in::second_factor(&ctx.app.state, signed_in.account, &code).await?;
    signed_in.second_factor = true;
    let who = begin(&ctx, &signed_in).await?;
    leptos_axum::redirect(&landing(&who, next.as_deref()));
    Ok(())
}

/// `/sign-in/code?next=`: accounts without an authenticator are redirected to set one up.
pub async fn page(ctx: Ctx) -> Response {
    let next = ctx.query("next");
    match server::account::profile::profile(&ctx.app.state, &ctx.actor).await {
        Err(error) => ProblemResponse::from(error).into_response(),
        Ok(profile) if !profile.has_totp => see_other(&with_next("/me/second-factor", next.as_deref())),
        Ok(_) => match ctx.presence.as_ref().filter(|who| who.actor.second_factor) {
            Some(who) => see_other(&landing(who, next.as_deref())),
            None => ctx.page(t::code_title(ctx.lang), view).into_response(),
        },
    }
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <CodeField field=ctx.field("code", t::totp_code(lang)).hint(t::totp_code_hint(lang)).required()/>
        <Button text=t::go_on(lang)/>
    };
    view! {
        <PageHeading title=t::code_title(lang) lead=t::code_lead(lang)/>
        <PostForm action=SecondFactor::PATH hidden=next_field(ctx)>{fields}</PostForm>
        <PostForm action=SignOut::PATH>
            <Button text=t::sign_out(lang) kind=ButtonKind::Quiet/>
        </PostForm>
    }
    .into_any()
}
