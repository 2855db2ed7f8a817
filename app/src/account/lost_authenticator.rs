//! Removal of a staff member's lost authenticator (验证器遗失) by an administrator, on the staff page.

use crate::{
    http::{action_error::ActionError, context::authorize, flash::Flash, request::parse_id},
    ui::{Button, ButtonKind, Details, PostForm},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{lost_authenticator, staff::StaffView},
};
use shared::{Lang, account::Permission, texts::account as t};

/// Removes the authenticator and the password of a member of staff.
#[server(prefix = "/api", endpoint = "account/authenticator-reset")]
pub async fn reset_authenticator(account: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::ManageStaff)).await?;
    let account = parse_id(&account)?;
    lost_authenticator::reset(&ctx.app.state, &ctx.actor, account).await?;
    Flash::done("/admin", "authenticator_reset").save(&ctx.session).await;
    leptos_axum::redirect("/admin");
    Ok(())
}

/// The folded form, with the checks to do first.
pub(super) fn form(one: &StaffView, lang: Lang) -> AnyView {
    let (account, name) = (one.account.to_string(), one.staff_name.clone());
    let words = t::authenticator_lost_text(lang, &name);
    view! {
        <Details summary=t::authenticator_lost(lang)>
            <p>{words}</p>
            <PostForm action=ResetAuthenticator::PATH hidden=vec![("account", account)]>
                <Button text=t::authenticator_lost_button(lang) hidden=name kind=ButtonKind::Danger/>
            </PostForm>
        </Details>
    }
    .into_any()
}
