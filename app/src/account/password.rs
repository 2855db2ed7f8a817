//! Change of the password (修改密码).

use super::{
    enter_session::{begin, current},
    me::{account_page, back_to_account},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
    },
    ui::{Button, PageHeading, PasswordField, PostForm},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, account::reset};
use shared::texts::account as t;

/// Changes the password; every other session ends.
#[server(prefix = "/api", endpoint = "account/password")]
pub async fn change_password(current_password: String, password: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let signed_in = current(&ctx).await?;
    reset::change_password(&ctx.app.state, &ctx.actor, &current_password, &password).await?;
    begin(&ctx, &signed_in).await?;
    Flash::done("/me", "password_changed").save(&ctx.session).await;
    leptos_axum::redirect("/me");
    Ok(())
}

/// `/me/password`
pub async fn page(ctx: Ctx) -> PageResult {
    Ok(account_page(&ctx, t::password_title(ctx.lang), view))
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <PasswordField field=ctx.field("current_password", t::current_password(lang)).required()/>
        <PasswordField field=ctx.field("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/>
        <Button text=t::set_password(lang)/>
    };
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::password_title(lang) lead=t::password_lead(lang)/>
        <PostForm action=ChangePassword::PATH>{fields}</PostForm>
    }
    .into_any()
}
