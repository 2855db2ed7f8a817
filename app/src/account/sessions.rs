//! `/me/sessions`: lists the sessions of the account (登录设备) and ends them.

use super::{
    device_name::device_name,
    me::{account_page, back_to_account},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
    },
    ui::{Button, ButtonKind, Card, CardGrid, PageHeading, PostForm, Tag, Tone, when},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::sessions::{self, SessionView},
};
use shared::{Lang, texts::account as t};

/// Ends one session.
#[server(prefix = "/api", endpoint = "account/session-end")]
pub async fn end_session(id: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    sessions::revoke(&ctx.app.state, &ctx.actor, &id).await?;
    Flash::done("/me/sessions", "session_ended").save(&ctx.session).await;
    leptos_axum::redirect("/me/sessions");
    Ok(())
}

/// Ends every session but this one.
#[server(prefix = "/api", endpoint = "account/sessions-end")]
pub async fn end_other_sessions() -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    sessions::revoke_others(&ctx.app.state, &ctx.actor, ctx.session.id().as_ref()).await?;
    Flash::done("/me/sessions", "sessions_ended").save(&ctx.session).await;
    leptos_axum::redirect("/me/sessions");
    Ok(())
}

/// `/me/sessions`
pub async fn page(ctx: Ctx) -> PageResult {
    let mut all = sessions::list(&ctx.app.state, &ctx.actor, ctx.session.id().as_ref()).await?;
    all.sort_by_key(|session| !session.current);
    Ok(account_page(&ctx, t::sessions_title(ctx.lang), move |ctx| view(ctx, &all)))
}

fn view(ctx: &Ctx, all: &[SessionView]) -> AnyView {
    let lang = ctx.lang;
    let several = all.len() > 1;
    let cards = all.iter().map(|session| card(session, lang)).collect_view();
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::sessions_title(lang) lead=t::sessions_lead(lang)/>
        {several.then(|| view! {
            <PostForm action=EndOtherSessions::PATH>
                <Button text=t::end_others(lang) kind=ButtonKind::Danger/>
            </PostForm>
        })}
        <CardGrid>{cards}</CardGrid>
    }
    .into_any()
}

fn card(session: &SessionView, lang: Lang) -> AnyView {
    let name = device_name(&session.user_agent, lang);
    let screen_reader_text = name.clone();
    let last = t::session_seen(lang, when::moment(session.seen_at, lang));
    let since = t::session_since(lang, when::moment(session.created_at, lang));
    let end = (!session.current).then(|| {
        view! {
            <PostForm action=EndSession::PATH hidden=vec![("id", session.id.clone())]>
                <Button text=t::end_session(lang) hidden=screen_reader_text kind=ButtonKind::Secondary/>
            </PostForm>
        }
    });
    let current = session.current;
    view! {
        <Card title=name text=last>
            <p class="hint">{since}</p>
            {current.then(|| view! { <Tag text=t::this_device(lang) tone=Tone::Good/> })}
            {end}
        </Card>
    }
    .into_any()
}
