//! The document around a page: head, scripts of the islands, and the frame with navigation and the signed-in account.

use super::scripts::scripts;
use crate::ui::{
    DeskFrame, ErrorSummary, Frame, FrameLink, FrameSwitch, FrameText, IconName, Notice, ResidentFrame, Tone, escape_html,
};
use crate::{
    account::{family, preferences, session_guard, sign_out},
    care::paths::SOS,
    finance::firm::ActForFirm,
    http::{
        context::Ctx,
        page::{Layout, Page},
    },
    islands::site::read_aloud as island,
};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    account::Permission,
    texts::{self, frame as t},
};

/// Draws the whole document of a page.
pub fn document(page: &Page, options: &LeptosOptions) -> AnyView {
    let ctx = &page.ctx;
    let lang = ctx.lang;
    let wrong = if ctx.flash.errors.is_empty() { "" } else { texts::http::error_before_title(lang) };
    let title = format!("{wrong}{} · {}", page.title, t::site(lang));
    let mode = ctx.elder.then_some("elder");
    let frame = frame(ctx, page.layout);
    let aloud = read_aloud(ctx);
    let content = (page.body)(ctx);
    // After the content, which collects the labels of its fields.
    let banner = flash_banner(ctx);
    let body = match page.layout {
        Layout::Resident => view! { <ResidentFrame frame=frame>{aloud} {banner} {content}</ResidentFrame> }.into_any(),
        Layout::Desk => view! { <DeskFrame frame=frame>{banner} {content}</DeskFrame> }.into_any(),
    };
    let style = stylesheet(options);
    let scripts = scripts(options);
    let worker = (page.layout == Layout::Resident).then(|| service_worker_script(ctx));
    let guard = page.guarded.then(|| session_guard::view(ctx));
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
                {worker}
            </head>
            <body>
                {body}
                {guard}
            </body>
        </html>
    }
    .into_any()
}

/// Registers the service worker that caches the page of the emergency button, and sends it the language and mode of this
/// browser. They are not in the worker's address: another address would start another worker and interrupt pages that load
/// through the old one.
fn service_worker_script(ctx: &Ctx) -> impl IntoView + use<> {
    let settings = format!("{{lang:'{}',elder:'{}'}}", ctx.lang.code(), u8::from(ctx.elder));
    let script = format!(
        "if('serviceWorker' in navigator)addEventListener('load',()=>{{const w=navigator.serviceWorker;\
         w.register('/sw.js').then(()=>w.ready).then(r=>r.active.postMessage({settings})).catch(()=>{{}})}})"
    );
    view! { <script nonce=leptos::nonce::use_nonce() inner_html=script></script> }
}

/// Draws the button that reads the page aloud, in elder mode.
fn read_aloud(ctx: &Ctx) -> Option<AnyView> {
    let lang = ctx.lang;
    ctx.elder.then(|| island::read_aloud(texts::http::read_aloud(lang), texts::http::read_aloud_stop(lang), lang.tag()))
}

/// Draws the flash above the page's heading: the success message or the error summary. The frame does it so that no page can
/// omit it.
fn flash_banner(ctx: &Ctx) -> impl IntoView + use<> {
    let lang = ctx.lang;
    let done = ctx.flash.done.as_deref().and_then(|key| texts::done::find(lang, key));
    view! {
        {done.map(|text| view! { <Notice tone=Tone::Good live=true><p>{text}</p></Notice> })}
        <ErrorSummary title=texts::problem::invalid_title(lang) errors=ctx.summary()/>
    }
}

/// The address of the stylesheet with the hash of the build.
pub fn stylesheet(options: &LeptosOptions) -> String {
    static HASH: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let hash = HASH.get_or_init(|| {
        let folder = std::env::current_exe().ok()?.parent()?.to_owned();
        let lines = std::fs::read_to_string(folder.join(options.hash_file.as_ref())).ok()?;
        lines.lines().find_map(|l| l.strip_prefix("css:").map(|h| h.trim().to_owned()))
    });
    let dotted = hash.as_ref().map(|h| format!(".{h}")).unwrap_or_default();
    format!("/{}/{}{dotted}.css", options.site_pkg_dir, options.output_name)
}

fn frame(ctx: &Ctx, layout: Layout) -> Frame {
    let lang = ctx.lang;
    let nav = match layout {
        Layout::Resident => resident_nav(ctx),
        Layout::Desk => desk_nav(ctx),
    };
    let acting_for = ctx.presence.as_ref().and_then(|p| p.acting_for_name.clone());
    let firm = ctx.presence.as_ref().and_then(|p| p.enterprise_name.clone());
    Frame {
        text: FrameText {
            site: t::site(lang).to_owned(),
            site_part: (layout == Layout::Desk).then(|| t::desk(lang)).into(),
            skip: t::skip(lang).to_owned(),
            nav: t::nav(lang).to_owned(),
            tools: t::tools(lang).to_owned(),
            footer: t::footer(lang).into(),
        },
        home: "/".to_owned(),
        nav,
        user: Some(user_link(ctx)),
        acting_end: (acting_for.is_some() || firm.is_some()).then(|| FrameSwitch {
            action: if firm.is_some() { ActForFirm::PATH } else { family::ActAs::PATH }.to_owned(),
            name: if firm.is_some() { "firm" } else { "person" },
            value: String::new(),
            text: t::act_as_self(lang).to_owned(),
            lang: None,
            icon: None,
            pressed: None,
        }),
        acting_for: acting_for.or(firm).map(|name| t::acting_for(lang, name)).into(),
        switches: switches(ctx, layout),
        return_to: ctx.path.clone(),
        sos: (layout == Layout::Resident).then(|| link(ctx, SOS, texts::care_press::press_short(lang), IconName::Alert)),
        footer: vec![
            FrameLink::new("/services", t::services(lang)),
            FrameLink::new("/care", texts::care_press::care(lang)),
            FrameLink::new("/me", t::me(lang)),
        ],
    }
}

fn user_link(ctx: &Ctx) -> FrameLink {
    match &ctx.presence {
        Some(who) => FrameLink::new("/me", who.name.clone()),
        None => FrameLink::new("/sign-in", t::sign_in(ctx.lang)),
    }
    .icon(IconName::User)
}

fn link(ctx: &Ctx, href: &str, text: &str, icon: IconName) -> FrameLink {
    let current = if href == "/" { ctx.path == "/" } else { ctx.path.starts_with(href) };
    FrameLink::new(href, text).icon(icon).current(current)
}

fn inbox(ctx: &Ctx, text: &str) -> FrameLink {
    let unread = ctx.presence.as_ref().map_or(0, |p| p.unread);
    let link = link(ctx, "/inbox", text, IconName::Inbox);
    if unread > 0 { link.badge(unread.to_string(), t::unread(ctx.lang, unread)) } else { link }
}

fn resident_nav(ctx: &Ctx) -> Vec<FrameLink> {
    let lang = ctx.lang;
    if ctx.actor.may(Permission::RespondToCalls) {
        return vec![
            link(ctx, "/respond", t::respond(lang), IconName::HeartbeatSource),
            inbox(ctx, t::inbox(lang)),
            link(ctx, "/me", t::me(lang), IconName::User),
        ];
    }
    vec![
        link(ctx, "/", t::home(lang), IconName::Home),
        link(ctx, "/services", t::services(lang), IconName::Document),
        inbox(ctx, t::inbox(lang)),
        link(ctx, "/me", t::me(lang), IconName::User),
    ]
}

/// The links of a desk, each shown to holders of its permission.
fn desk_nav(ctx: &Ctx) -> Vec<FrameLink> {
    let lang = ctx.lang;
    let rows = [
        (Permission::WorkOnCases, "/desk", t::queue(lang), IconName::Document),
        (Permission::MakeOffers, "/bank", t::bank(lang), IconName::Coin),
        (Permission::AnswerCalls, "/dispatch", t::dispatch(lang), IconName::Phone),
        (Permission::AnswerCalls, "/dispatch/duty", t::dispatch_duty(lang), IconName::Users),
        (Permission::LeadCentre, "/dispatch/policies", t::dispatch_policies(lang), IconName::Clock),
        (Permission::LeadCentre, "/dispatch/figures", t::dispatch_figures(lang), IconName::Chart),
        (Permission::ReadAudit, "/audit", t::audit(lang), IconName::Lock),
        (Permission::ManageStaff, "/admin", t::admin(lang), IconName::Users),
        (Permission::RespondToCalls, "/respond", t::respond(lang), IconName::HeartbeatSource),
    ];
    // The longest matching prefix is the current entry.
    let here = rows.iter().map(|(_, href, ..)| *href).filter(|href| ctx.path.starts_with(href)).max_by_key(|href| href.len());
    let mut nav: Vec<FrameLink> = rows
        .into_iter()
        .filter(|(permission, ..)| ctx.actor.may(*permission))
        .map(|(_, href, text, icon)| FrameLink::new(href, text).icon(icon).current(here == Some(href)))
        .collect();
    nav.push(inbox(ctx, t::inbox(lang)));
    nav.push(link(ctx, "/me", t::me(lang), IconName::User));
    nav
}

/// Switches of language and elder mode; at a desk, which is shared, also sign-out.
fn switches(ctx: &Ctx, layout: Layout) -> Vec<FrameSwitch> {
    let lang = ctx.lang;
    let out = (layout == Layout::Desk && ctx.presence.is_some()).then(|| FrameSwitch {
        action: sign_out::SignOut::PATH.to_owned(),
        name: "now",
        value: "yes".to_owned(),
        text: texts::account::sign_out(lang).to_owned(),
        lang: None,
        icon: Some(IconName::SignOut),
        pressed: None,
    });
    let other = lang.pick(Lang::En, Lang::Zh);
    let set = |name, value: String, text: &str, lang, icon, pressed| FrameSwitch {
        action: preferences::SetPreferences::PATH.to_owned(),
        name,
        value,
        text: text.to_owned(),
        lang,
        icon: Some(icon),
        pressed,
    };
    vec![
        set("lang", other.code().to_owned(), t::own_name(other), Some(other.tag()), IconName::Globe, None),
        set("elder", u8::from(!ctx.elder).to_string(), t::elder(lang), None, IconName::Elder, Some(ctx.elder)),
    ]
    .into_iter()
    .chain(out)
    .collect()
}
