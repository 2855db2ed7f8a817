//! Signing out (退出登录).

use super::enter_session;
use crate::http::{action_error::ActionError, context::authorize, flash::Flash};
use leptos::prelude::*;
use server::access::gate::Access;

/// Ends the session; without one it changes nothing.
#[server(prefix = "/api", endpoint = "account/sign-out")]
pub async fn sign_out() -> Result<(), ActionError> {
    let ctx = authorize(Access::Anyone).await?;
    enter_session::end(&ctx).await?;
    Flash::done("/sign-in", "signed_out").save(&ctx.session).await;
    leptos_axum::redirect("/sign-in");
    Ok(())
}
