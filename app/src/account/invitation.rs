//! Acceptance of a staff invitation (接受邀请) by the link of an e-mail.

use super::enter_session::begin;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{Button, EmptyState, IconName, PageHeading, PasswordField, PostForm, SummaryList, SummaryRow},
};
use axum::{extract::Path, http::StatusCode};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{
        session::SignedIn,
        staff::{self, InvitationView},
    },
};
use shared::{Problem, texts::account as t};

/// Accepts; the authenticator comes next.
#[server(prefix = "/api", endpoint = "account/invitation")]
pub async fn accept_invitation(token: String, password: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    let accepted = staff::accept_invitation(&ctx.app.state, &token, &password)
        .await
        .map_err(|error| ActionError::without_fields(error, &["token"]))?;
    begin(&ctx, &SignedIn::now(accepted.account, false)).await?;
    leptos_axum::redirect(if accepted.enrolment.is_some() { "/me/second-factor" } else { "/sign-in/code" });
    Ok(())
}

/// `/invitation/{token}`
pub async fn page(ctx: Ctx, Path(token): Path<String>) -> PageResult {
    let title = t::invitation_title(ctx.lang);
    match staff::invitation(&ctx.app.state, &token).await {
        Ok(invitation) => Ok(ctx.page(title, move |ctx| view(ctx, &token, &invitation))),
        Err(server::Error::Problem(Problem::Invalid { .. })) => Ok(ctx.page(title, expired).status(StatusCode::NOT_FOUND)),
        Err(error) => Err(error.into()),
    }
}

fn expired(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    view! {
        <PageHeading title=t::invitation_title(lang)/>
        <EmptyState title=t::invitation_dead(lang) text=t::invitation_dead_text(lang) icon=IconName::Lock/>
    }
    .into_any()
}

fn view(ctx: &Ctx, token: &str, invitation: &InvitationView) -> AnyView {
    let lang = ctx.lang;
    let organisation = lang.pick(&invitation.organisation_zh, &invitation.organisation_en).clone();
    let role = t::find(lang, &format!("role_{}", invitation.role.code())).unwrap_or_default();
    let rows = vec![
        SummaryRow::new(t::name(lang), invitation.staff_name.clone()),
        SummaryRow::new(t::email(lang), invitation.email.clone()),
        SummaryRow::new(t::organisation(lang), organisation),
        SummaryRow::new(t::role(lang), role),
    ];
    let has_account = invitation.has_account;
    let props = if has_account {
        ctx.field("password", t::password(lang)).hint(t::invitation_password_hint(lang))
    } else {
        ctx.field("password", t::new_password(lang)).hint(t::password_hint(lang))
    };
    view! {
        <PageHeading title=t::invitation_title(lang) lead=t::invitation_lead(lang)/>
        <SummaryList rows=rows/>
        <PostForm action=AcceptInvitation::PATH hidden=vec![("token", token.to_owned())]>
            <PasswordField field=props.required() fresh=!has_account/>
            <Button text=t::invitation_accept(lang)/>
        </PostForm>
    }
    .into_any()
}
