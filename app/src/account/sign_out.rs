//! Signing out (退出登录).

use crate::http::Refusal;
use leptos::prelude::*;

/// Ends the session; again it changes nothing.
#[server(prefix = "/api", endpoint = "account/sign-out")]
pub async fn sign_out() -> Result<(), Refusal> {
    use crate::{
        account::enter_session,
        http::{flash::Flash, visit::enter},
    };
    use server::account::gate::Access;

    let visit = enter(Access::Anyone).await?;
    enter_session::end(&visit).await?;
    Flash::done("/sign-in", "signed_out").leave(&visit.session).await;
    leptos_axum::redirect("/sign-in");
    Ok(())
}
