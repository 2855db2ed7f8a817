//! The second step of signing in (二次验证): the six digits of the authenticator.

use crate::{
    account::{
        enter_session::{begin, current, landing, next_field, with_next},
        sign_out::SignOut,
    },
    http::{
        Refusal,
        call::see_other,
        page::answer,
        visit::{Visit, enter},
    },
    ui::{Button, ButtonKind, CodeField, PageHeading, PostForm},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::gate::Access;
use shared::texts::account as t;

/// Checks the code; from then on the session's roles count.
#[server(prefix = "/api", endpoint = "account/second-factor")]
pub async fn second_factor(code: String, next: Option<String>) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    let mut signed_in = current(&visit).await?;
    server::account::sign_in::second_factor(&visit.app.city, signed_in.account, &code).await?;
    signed_in.second_factor = true;
    let who = begin(&visit, &signed_in).await?;
    leptos_axum::redirect(&landing(&who, next.as_deref()));
    Ok(())
}

/// `/sign-in/code?next=`: whoever has no authenticator yet is led to set one up.
pub async fn page(visit: Visit) -> Response {
    let next = visit.query("next");
    match server::account::profile::profile(&visit.app.city, &visit.actor).await {
        Err(error) => answer(Err(visit.problem(error))),
        Ok(profile) if !profile.has_totp => see_other(&with_next("/me/second-factor", next.as_deref())),
        Ok(_) => match visit.presence.as_ref().filter(|who| who.actor.second_factor) {
            Some(who) => see_other(&landing(who, next.as_deref())),
            None => answer(Ok(visit.page(t::code_title(visit.lang), view))),
        },
    }
}

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <CodeField ask=visit.ask("code", t::totp_code(lang)).hint(t::totp_code_hint(lang)).required()/>
        <Button text=t::go_on(lang)/>
    };
    view! {
        <PageHeading title=t::code_title(lang) lead=t::code_lead(lang)/>
        <PostForm action=SecondFactor::PATH hidden=next_field(visit)>{fields}</PostForm>
        <PostForm action=SignOut::PATH>
            <Button text=t::sign_out(lang) kind=ButtonKind::Quiet/>
        </PostForm>
    }
    .into_any()
}
