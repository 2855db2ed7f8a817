//! Changing one's password (修改密码).

use crate::{
    account::{
        enter_session::{begin, current},
        me::{back, own_page},
    },
    http::{
        Refusal,
        flash::Flash,
        page::answer,
        visit::{Visit, enter},
    },
    ui::{Button, PageHeading, PasswordField, PostForm},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{gate::Access, reset};
use shared::texts::account as t;

/// Changes the password; every other session ends.
#[server(prefix = "/api", endpoint = "account/password")]
pub async fn change_password(current_password: String, password: String) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    let signed_in = current(&visit).await?;
    reset::change_password(&visit.app.city, &visit.actor, &current_password, &password).await?;
    begin(&visit, &signed_in).await?;
    Flash::done("/me", "password_changed").leave(&visit.session).await;
    leptos_axum::redirect("/me");
    Ok(())
}

/// `/me/password`
pub async fn page(visit: Visit) -> Response {
    answer(Ok(own_page(&visit, t::password_title(visit.lang), view)))
}

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <PasswordField ask=visit.ask("current_password", t::current_password(lang)).required()/>
        <PasswordField ask=visit.ask("password", t::new_password(lang)).hint(t::password_hint(lang)).required() fresh=true/>
        <Button text=t::set_password(lang)/>
    };
    view! {
        {back(lang)}
        <PageHeading title=t::password_title(lang) lead=t::password_lead(lang)/>
        <PostForm action=ChangePassword::PATH>{fields}</PostForm>
    }
    .into_any()
}
