//! Setup of the authenticator (绑定验证器) for the second step of sign-in.

use super::{
    enter_session::{begin, current, landing, next_field},
    me::{account_page, back_to_account},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
    },
    ui::{Button, CodeField, LinkButton, Notice, PageHeading, PostForm, SummaryList, SummaryRow, button::ButtonKind},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{
        profile::profile,
        totp::{self, Enrolment},
    },
};
use shared::texts::account as t;

/// Confirms the authenticator with one of its codes; the session then counts as verified by the second factor.
#[server(prefix = "/api", endpoint = "account/totp")]
pub async fn confirm_totp(pending: String, code: String, next: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let mut signed_in = current(&ctx).await?;
    totp::confirm(&ctx.app.state, &ctx.actor, &pending, &code).await?;
    signed_in.second_factor = true;
    let who = begin(&ctx, &signed_in).await?;
    let to = match next {
        None if who.actor.memberships.is_empty() => "/me".to_owned(),
        next => landing(&who, next.as_deref()),
    };
    Flash::done(&to, "totp_set").save(&ctx.session).await;
    leptos_axum::redirect(&to);
    Ok(())
}

/// `/me/second-factor`
pub async fn page(ctx: Ctx) -> PageResult {
    let state = &ctx.app.state;
    let has_one = profile(state, &ctx.actor).await?.has_totp;
    // After a typo the same secret is shown again, because the authenticator already holds it.
    let enrolment = match ctx.flash.value("pending") {
        Some(pending) => match totp::resume_enrolment(state, &ctx.actor, &pending).await {
            Err(server::Error::Problem(shared::Problem::Invalid { .. })) => totp::enrol(state, &ctx.actor).await,
            shown => shown,
        },
        None => totp::enrol(state, &ctx.actor).await,
    };
    let enrolment = enrolment?;
    Ok(account_page(&ctx, t::totp_title(ctx.lang), move |ctx| view(ctx, has_one, &enrolment)))
}

/// Formats the secret in groups of four characters.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn view(ctx: &Ctx, has_one: bool, enrolment: &Enrolment) -> AnyView {
    let lang = ctx.lang;
    let mut hidden = next_field(ctx);
    hidden.push(("pending", enrolment.pending.clone()));
    let uri = enrolment.uri.clone();
    let fields = view! {
        <CodeField field=ctx.field("code", t::totp_code(lang)).hint(t::totp_code_hint(lang)).required()/>
        <Button text=t::totp_confirm(lang)/>
    };
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::totp_title(lang) lead=t::totp_lead(lang)/>
        {has_one.then(|| view! { <Notice><p>{t::totp_replaces(lang)}</p></Notice> })}
        <section class="stack">
            <h2>{t::totp_step_one(lang)}</h2>
            <p>{t::totp_step_one_text(lang)}</p>
            <SummaryList rows=vec![SummaryRow::new(
                t::totp_secret(lang),
                view! { <code translate="no">{grouped(&enrolment.secret)}</code> },
            )]/>
            <p><LinkButton href=uri text=t::totp_open(lang) kind=ButtonKind::Secondary/></p>
        </section>
        <section class="stack">
            <h2>{t::totp_step_two(lang)}</h2>
            <PostForm action=ConfirmTotp::PATH hidden=hidden>{fields}</PostForm>
        </section>
    }
    .into_any()
}
