//! Accepting an invitation to staff (接受邀请), by the link of an e-mail.

use crate::{
    account::enter_session::begin,
    http::{
        Refusal,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{Button, EmptyState, Glyph, PageHeading, PasswordField, PostForm, SummaryList, SummaryRow},
};
use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    session::SignedIn,
    staff::{self, InvitationView},
};
use shared::{Problem, texts::account as t};

/// Accepts; the authenticator comes next.
#[server(prefix = "/api", endpoint = "account/invitation")]
pub async fn accept_invitation(token: String, password: String) -> Result<(), Refusal> {
    let visit = enter(Access::Anyone).await?;
    let accepted = staff::accept_invitation(&visit.app.city, &token, &password)
        .await
        .map_err(|error| Refusal::without_fields(error, &["token"]))?;
    begin(&visit, &SignedIn::now(accepted.account, false)).await?;
    leptos_axum::redirect(if accepted.enrolment.is_some() { "/me/second-factor" } else { "/sign-in/code" });
    Ok(())
}

/// `/invitation/{token}`
pub async fn page(visit: Visit, Path(token): Path<String>) -> Response {
    answer(load(visit, token).await)
}

async fn load(visit: Visit, token: String) -> PageResult {
    let title = t::invitation_title(visit.lang);
    match staff::invitation(&visit.app.city, &token).await {
        Ok(invitation) => Ok(visit.page(title, move |visit| view(visit, &token, &invitation))),
        Err(server::Error::Problem(Problem::Invalid { .. })) => Ok(visit.page(title, dead).status(StatusCode::NOT_FOUND)),
        Err(error) => Err(visit.problem(error)),
    }
}

fn dead(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    view! {
        <PageHeading title=t::invitation_title(lang)/>
        <EmptyState title=t::invitation_dead(lang) text=t::invitation_dead_text(lang) glyph=Glyph::Lock/>
    }
    .into_any()
}

fn view(visit: &Visit, token: &str, invitation: &InvitationView) -> AnyView {
    let lang = visit.lang;
    let organisation = lang.pick(&invitation.organisation_zh, &invitation.organisation_en).clone();
    let role = t::find(lang, &format!("role_{}", invitation.role.code())).unwrap_or_default();
    let rows = vec![
        SummaryRow::new(t::name(lang), invitation.staff_name.clone()),
        SummaryRow::new(t::email(lang), invitation.email.clone()),
        SummaryRow::new(t::organisation(lang), organisation),
        SummaryRow::new(t::role(lang), role),
    ];
    let has_account = invitation.has_account;
    let ask = if has_account {
        visit.ask("password", t::password(lang)).hint(t::invitation_password_hint(lang))
    } else {
        visit.ask("password", t::new_password(lang)).hint(t::password_hint(lang))
    };
    view! {
        <PageHeading title=t::invitation_title(lang) lead=t::invitation_lead(lang)/>
        <SummaryList rows=rows/>
        <PostForm action=AcceptInvitation::PATH hidden=vec![("token", token.to_owned())]>
            <PasswordField ask=ask.required() fresh=!has_account/>
            <Button text=t::invitation_accept(lang)/>
        </PostForm>
    }
    .into_any()
}
