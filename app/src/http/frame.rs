//! The document around a page: head, scripts of the islands, and the frame with navigation and who is signed in.

use super::{
    islands::read_aloud as island,
    page::{Page, Skin},
    visit::Visit,
};
use crate::{
    account::{family, preferences, sign_out},
    care::edge::SOS,
    finance::firm::ActForFirm,
    ui,
};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    account::Permission,
    texts::{self, frame as t},
};
use ui::{DeskFrame, ErrorSummary, Frame, FrameLink, FrameSwitch, FrameText, Glyph, Notice, ResidentFrame, Tone, escape_html};

/// The whole document of a page.
pub fn document(page: &Page, options: &LeptosOptions) -> impl IntoView + use<> {
    let visit = &page.visit;
    let lang = visit.lang;
    let wrong = if visit.flash.errors.is_empty() { "" } else { texts::http::error_before_title(lang) };
    let title = format!("{wrong}{} · {}", page.title, t::site(lang));
    let mode = visit.elder.then_some("elder");
    let frame = frame(visit, page.skin);
    let aloud = read_aloud(visit);
    let content = (page.body)(visit);
    // After the content, which knows what its fields are called.
    let word = word_of_last_form(visit);
    let body = match page.skin {
        Skin::Resident => view! { <ResidentFrame frame=frame>{aloud} {word} {content}</ResidentFrame> }.into_any(),
        Skin::Desk => view! { <DeskFrame frame=frame>{word} {content}</DeskFrame> }.into_any(),
    };
    let style = stylesheet(options);
    let scripts = super::scripts::scripts(options);
    let keeper = (page.skin == Skin::Resident).then(|| keeper(visit));
    let guard = page.guarded.then(|| crate::account::session_guard::view(visit));
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag() data-mode=mode>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <title inner_html=escape_html(&title)></title>
                <link rel="icon" href="/favicon.ico" sizes="32x32"/>
                <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href=style/>
                {scripts}
                {keeper}
            </head>
            <body>
                {body}
                {guard}
            </body>
        </html>
    }
}

/// Registers the service worker that keeps the page of the emergency button, and tells it the language and mode of this
/// browser. They are not in the worker's address: another address is another worker, and a page that is just loading
/// through the old one would lose what it loads.
fn keeper(visit: &Visit) -> impl IntoView + use<> {
    let wish = format!("{{lang:'{}',elder:'{}'}}", visit.lang.code(), u8::from(visit.elder));
    let script = format!(
        "if('serviceWorker' in navigator)addEventListener('load',()=>{{const w=navigator.serviceWorker;\
         w.register('/sw.js').then(()=>w.ready).then(r=>r.active.postMessage({wish})).catch(()=>{{}})}})"
    );
    view! { <script nonce=leptos::nonce::use_nonce() inner_html=script></script> }
}

/// The button that reads the page aloud, in elder mode.
fn read_aloud(visit: &Visit) -> Option<AnyView> {
    let lang = visit.lang;
    visit.elder.then(|| island::read_aloud(texts::http::read_aloud(lang), texts::http::read_aloud_stop(lang), lang.tag()))
}

/// What the last form left for this page, above its heading: what was done, or all that is wrong. It stands here, so
/// that no page can forget it.
fn word_of_last_form(visit: &Visit) -> impl IntoView + use<> {
    let lang = visit.lang;
    let done = visit.flash.done.as_deref().and_then(|key| texts::done::find(lang, key));
    view! {
        {done.map(|text| view! { <Notice tone=Tone::Good live=true><p>{text}</p></Notice> })}
        <ErrorSummary title=texts::problem::invalid_title(lang) errors=visit.summary()/>
    }
}

/// The address of the stylesheet, with the hash that the build gave it.
fn stylesheet(options: &LeptosOptions) -> String {
    static HASH: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let hash = HASH.get_or_init(|| {
        let folder = std::env::current_exe().ok()?.parent()?.to_owned();
        let lines = std::fs::read_to_string(folder.join(options.hash_file.as_ref())).ok()?;
        lines.lines().find_map(|l| l.strip_prefix("css:").map(|h| h.trim().to_owned()))
    });
    let dotted = hash.as_ref().map(|h| format!(".{h}")).unwrap_or_default();
    format!("/{}/{}{dotted}.css", options.site_pkg_dir, options.output_name)
}

fn frame(visit: &Visit, skin: Skin) -> Frame {
    let lang = visit.lang;
    let nav = match skin {
        Skin::Resident => resident_nav(visit),
        Skin::Desk => desk_nav(visit),
    };
    let acting_for = visit.presence.as_ref().and_then(|p| p.acting_for_name.clone());
    let firm = visit.presence.as_ref().and_then(|p| p.enterprise_name.clone());
    Frame {
        text: FrameText {
            site: t::site(lang).to_owned(),
            site_part: (skin == Skin::Desk).then(|| t::desk(lang)).into(),
            skip: t::skip(lang).to_owned(),
            nav: t::nav(lang).to_owned(),
            tools: t::tools(lang).to_owned(),
            footer: t::footer(lang).into(),
        },
        home: "/".to_owned(),
        nav,
        user: Some(user_link(visit)),
        acting_end: (acting_for.is_some() || firm.is_some()).then(|| FrameSwitch {
            action: if firm.is_some() { ActForFirm::PATH } else { family::ActAs::PATH }.to_owned(),
            name: if firm.is_some() { "firm" } else { "person" },
            value: String::new(),
            text: t::act_as_self(lang).to_owned(),
            lang: None,
            glyph: None,
            pressed: None,
        }),
        acting_for: acting_for.or(firm).map(|name| t::acting_for(lang, name)).into(),
        switches: switches(visit, skin),
        return_to: visit.path.clone(),
        sos: (skin == Skin::Resident).then(|| link(visit, SOS, texts::care_press::press_short(lang), Glyph::Alert)),
        footer: vec![
            FrameLink::new("/services", t::services(lang)),
            FrameLink::new("/care", texts::care_press::care(lang)),
            FrameLink::new("/me", t::me(lang)),
        ],
    }
}

fn user_link(visit: &Visit) -> FrameLink {
    match &visit.presence {
        Some(who) => FrameLink::new("/me", who.name.clone()),
        None => FrameLink::new("/sign-in", t::sign_in(visit.lang)),
    }
    .glyph(Glyph::User)
}

fn link(visit: &Visit, href: &str, text: &str, glyph: Glyph) -> FrameLink {
    let current = if href == "/" { visit.path == "/" } else { visit.path.starts_with(href) };
    FrameLink::new(href, text).glyph(glyph).current(current)
}

fn inbox(visit: &Visit, text: &str) -> FrameLink {
    let unread = visit.presence.as_ref().map_or(0, |p| p.unread);
    let link = link(visit, "/inbox", text, Glyph::Inbox);
    if unread > 0 { link.badge(unread.to_string(), t::unread(visit.lang, unread)) } else { link }
}

fn resident_nav(visit: &Visit) -> Vec<FrameLink> {
    let lang = visit.lang;
    if visit.actor.may(Permission::RespondToCalls) {
        return vec![
            link(visit, "/respond", t::respond(lang), Glyph::Heart),
            inbox(visit, t::inbox(lang)),
            link(visit, "/me", t::me(lang), Glyph::User),
        ];
    }
    vec![
        link(visit, "/", t::home(lang), Glyph::Home),
        link(visit, "/services", t::services(lang), Glyph::Document),
        inbox(visit, t::inbox(lang)),
        link(visit, "/me", t::me(lang), Glyph::User),
    ]
}

/// The links of a desk, each with the permission that shows it.
fn desk_nav(visit: &Visit) -> Vec<FrameLink> {
    let lang = visit.lang;
    let rows = [
        (Permission::WorkOnCases, "/desk", t::queue(lang), Glyph::Document),
        (Permission::MakeOffers, "/bank", t::bank(lang), Glyph::Coin),
        (Permission::AnswerCalls, "/dispatch", t::dispatch(lang), Glyph::Phone),
        (Permission::AnswerCalls, "/dispatch/duty", t::dispatch_duty(lang), Glyph::Users),
        (Permission::LeadCentre, "/dispatch/policies", t::dispatch_policies(lang), Glyph::Clock),
        (Permission::LeadCentre, "/dispatch/figures", t::dispatch_figures(lang), Glyph::Chart),
        (Permission::ReadAudit, "/audit", t::audit(lang), Glyph::Lock),
        (Permission::ManageStaff, "/admin", t::admin(lang), Glyph::Users),
        (Permission::RespondToCalls, "/respond", t::respond(lang), Glyph::Heart),
    ];
    // Of two that the address begins with, the longer is where one is.
    let here = rows.iter().map(|(_, href, ..)| *href).filter(|href| visit.path.starts_with(href)).max_by_key(|href| href.len());
    let mut nav: Vec<FrameLink> = rows
        .into_iter()
        .filter(|(permission, ..)| visit.actor.may(*permission))
        .map(|(_, href, text, glyph)| FrameLink::new(href, text).glyph(glyph).current(here == Some(href)))
        .collect();
    nav.push(inbox(visit, t::inbox(lang)));
    nav.push(link(visit, "/me", t::me(lang), Glyph::User));
    nav
}

/// Language and elder mode; at a desk, which is shared, also the way out.
fn switches(visit: &Visit, skin: Skin) -> Vec<FrameSwitch> {
    let lang = visit.lang;
    let out = (skin == Skin::Desk && visit.presence.is_some()).then(|| FrameSwitch {
        action: sign_out::SignOut::PATH.to_owned(),
        name: "now",
        value: "yes".to_owned(),
        text: texts::account::sign_out(lang).to_owned(),
        lang: None,
        glyph: Some(Glyph::SignOut),
        pressed: None,
    });
    let other = lang.pick(Lang::En, Lang::Zh);
    let set = |name, value: String, text: &str, lang, glyph, pressed| FrameSwitch {
        action: preferences::SetPreferences::PATH.to_owned(),
        name,
        value,
        text: text.to_owned(),
        lang,
        glyph: Some(glyph),
        pressed,
    };
    vec![
        set("lang", other.code().to_owned(), t::own_name(other), Some(other.tag()), Glyph::Globe, None),
        set("elder", u8::from(!visit.elder).to_string(), t::elder(lang), None, Glyph::Elder, Some(visit.elder)),
    ]
    .into_iter()
    .chain(out)
    .collect()
}
