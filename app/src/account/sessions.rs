//! My sessions (登录设备): seen and ended by their owner.

use crate::{
    account::me::{back, own_page},
    http::{
        Refusal,
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{Button, ButtonKind, Card, CardGrid, PageHeading, PostForm, Tag, Tone, when},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    sessions::{self, SessionView},
};
use shared::{Lang, texts::account as t};

/// Ends one session.
#[server(prefix = "/api", endpoint = "account/session-end")]
pub async fn end_session(id: String) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    sessions::revoke(&visit.app.city, &visit.actor, &id).await?;
    Flash::done("/me/sessions", "session_ended").leave(&visit.session).await;
    leptos_axum::redirect("/me/sessions");
    Ok(())
}

/// Ends every session but this one.
#[server(prefix = "/api", endpoint = "account/sessions-end")]
pub async fn end_other_sessions() -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    sessions::revoke_others(&visit.app.city, &visit.actor, visit.session.id().as_ref()).await?;
    Flash::done("/me/sessions", "sessions_ended").leave(&visit.session).await;
    leptos_axum::redirect("/me/sessions");
    Ok(())
}

/// `/me/sessions`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let mut all =
        sessions::list(&visit.app.city, &visit.actor, visit.session.id().as_ref()).await.map_err(|e| visit.problem(e))?;
    all.sort_by_key(|session| !session.current);
    Ok(own_page(&visit, t::sessions_title(visit.lang), move |visit| view(visit, &all)))
}

/// Names of browsers and of systems: the first that the browser's own name contains (many claim to be others, too).
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

/// A browser in two words, e.g. `Edge · Android`.
pub(crate) fn device(agent: &str, lang: Lang) -> String {
    let name = |table: &[(&str, &'static str)]| table.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    match (name(BROWSERS), name(SYSTEMS)) {
        (None, None) => t::unknown_device(lang).to_owned(),
        (browser, system) => [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

fn view(visit: &Visit, all: &[SessionView]) -> AnyView {
    let lang = visit.lang;
    let several = all.len() > 1;
    let cards = all.iter().map(|session| card(session, lang)).collect_view();
    view! {
        {back(lang)}
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
    let name = device(&session.user_agent, lang);
    let heard = name.clone();
    let last = t::session_seen(lang, when::moment(session.seen_at, lang));
    let since = t::session_since(lang, when::moment(session.created_at, lang));
    let end = (!session.current).then(|| {
        view! {
            <PostForm action=EndSession::PATH hidden=vec![("id", session.id.clone())]>
                <Button text=t::end_session(lang) hidden=heard kind=ButtonKind::Secondary/>
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_in_two_words() {
        let phone =
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36 Edg/126.0";
        assert_eq!(device(phone, Lang::Zh), "Edge · Android");
        assert_eq!(device("", Lang::Zh), "未知设备");
    }
}
