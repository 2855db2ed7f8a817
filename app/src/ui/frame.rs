//! The frame of every page: header, navigation, footer. Two layouts: residents on phones, staff at desks.
//!
//! The document itself (`<html>`, `<head>`, scripts) is made by `site::frame`; a frame is the content of its body.

use super::{
    icon::{Icon, IconName, Mark},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The name of the hidden field with the address that a switch returns to.
pub const RETURN_FIELD: &str = "return_to";

/// The fixed texts of a frame.
#[derive(Clone, Debug, Default)]
pub struct FrameText {
    /// The name of the site.
    pub site: String,
    /// Beside it on desks, such as "Desk" (工作台).
    pub site_part: OptionalText,
    /// The link that skips to the content.
    pub skip: String,
    /// The label of the navigation for screen readers.
    pub nav: String,
    /// The label of the header's switches for screen readers.
    pub tools: String,
    /// The last line of the footer.
    pub footer: OptionalText,
}

/// A link of the header, the navigation or the footer.
#[derive(Clone, Debug)]
pub struct FrameLink {
    /// The address.
    pub href: String,
    /// The text.
    pub text: String,
    /// The icon; required in the residents' navigation.
    pub icon: Option<IconName>,
    /// Whether it is the current page or section.
    pub current: bool,
    /// The number of pending items: as figures, and in words for screen readers.
    pub badge: Option<(String, String)>,
    /// The keyboard shortcut (desks).
    pub shortcut: OptionalText,
}

impl FrameLink {
    /// Creates a link without an icon.
    #[must_use]
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into(), icon: None, current: false, badge: None, shortcut: OptionalText::default() }
    }

    /// Adds an icon.
    #[must_use]
    pub const fn icon(mut self, icon: IconName) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Sets whether it is the current page.
    #[must_use]
    pub const fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Adds the number of pending items: as figures, and in words.
    #[must_use]
    pub fn badge(mut self, figures: impl Into<String>, words: impl Into<String>) -> Self {
        self.badge = Some((figures.into(), words.into()));
        self
    }

    /// Adds a keyboard shortcut.
    #[must_use]
    pub fn shortcut(mut self, key: impl Into<OptionalText>) -> Self {
        self.shortcut = key.into();
        self
    }
}

/// A small form in the header that changes language or elder mode, or signs out.
#[derive(Clone, Debug)]
pub struct FrameSwitch {
    /// The address that it posts to.
    pub action: String,
    /// The name of the posted value.
    pub name: &'static str,
    /// The posted value.
    pub value: String,
    /// The button's text.
    pub text: String,
    /// The language of the text (`en`, `zh-CN`) where it differs from the page's.
    pub lang: Option<&'static str>,
    /// The icon.
    pub icon: Option<IconName>,
    /// For a toggle: whether it is on.
    pub pressed: Option<bool>,
}

/// Everything a frame shows.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The fixed texts.
    pub text: FrameText,
    /// The address of the link on the site's name.
    pub home: String,
    /// The main navigation: at most four links for residents.
    pub nav: Vec<FrameLink>,
    /// The link to the account page with the account's name, or to the sign-in.
    pub user: Option<FrameLink>,
    /// The person or firm that the account acts for; shown on every page.
    pub acting_for: OptionalText,
    /// The button that stops acting for another person or firm.
    pub acting_end: Option<FrameSwitch>,
    /// Language, elder mode, sign-out.
    pub switches: Vec<FrameSwitch>,
    /// The path to return to after a switch.
    pub return_to: String,
    /// The link to the emergency button, on residents' pages.
    pub sos: Option<FrameLink>,
    /// The links of the footer.
    pub footer: Vec<FrameLink>,
}

/// The frame of residents' pages: one column, navigation at the bottom on phones.
#[component]
pub fn ResidentFrame(
    /// What the frame shows.
    frame: Frame,
    /// The page.
    children: Children,
) -> impl IntoView {
    let (top, nav, foot) = parts(frame, "bar");
    view! {
        <div class="resident">
            {top} {nav}
            <main id="main" class="page" tabindex="-1">{children()}</main>
            {foot}
        </div>
    }
}

/// The frame of desk pages: navigation at the left, full width.
#[component]
pub fn DeskFrame(
    /// What the frame shows.
    frame: Frame,
    /// The page.
    children: Children,
) -> impl IntoView {
    let (top, nav, foot) = parts(frame, "side");
    view! {
        <div class="desk">
            {top}
            <div class="desk-body">
                {nav}
                <main id="main" class="page" tabindex="-1">{children()}</main>
            </div>
            {foot}
        </div>
    }
}

fn parts(frame: Frame, nav_class: &'static str) -> (AnyView, AnyView, AnyView) {
    let Frame { text, home, nav, user, acting_for, acting_end, switches, return_to, sos, footer } = frame;
    let top = view! {
        <a class="skip" href="#main">{text.skip}</a>
        {acting_for.get().map(|words| view! {
            <section class="acting" aria-labelledby="acting-for">
                <p id="acting-for"><Icon icon=IconName::Users/><span>{words}</span></p>
                {acting_end.map(|end| switch(end, &return_to))}
            </section>
        })}
        <header class="top">
            <div class="top-in">
                <a class="brand" href=home>
                    <Mark/>
                    <span class="brand-name">{text.site}</span>
                    {text.site_part.get().map(|part| view! { <span class="brand-part">{part}</span> })}
                </a>
                {sos.map(|sos| view! {
                    <a class="sos-link" href=sos.href aria-current=sos.current.then_some("page")>
                        <Icon icon=sos.icon.unwrap_or(IconName::Alert)/>
                        <span>{sos.text}</span>
                    </a>
                })}
                <div class="tools" role="group" aria-label=text.tools>
                    {user.map(|user| view! {
                        <a class="tool tool-user" href=user.href aria-current=user.current.then_some("page")>
                            <Icon icon=user.icon.unwrap_or(IconName::User)/>
                            <span>{user.text}</span>
                        </a>
                    })}
                    {switches.into_iter().map(|s| switch(s, &return_to)).collect_view()}
                </div>
            </div>
        </header>
    };
    let nav = (!nav.is_empty()).then(|| {
        view! {
            <nav class=nav_class aria-label=text.nav>
                <ul>{nav.into_iter().map(|link| view! { <li>{nav_link(link)}</li> }).collect_view()}</ul>
            </nav>
        }
    });
    let foot = view! {
        <footer class="foot">
            <div class="foot-in">
                {(!footer.is_empty()).then(|| view! {
                    <ul>
                        {footer.into_iter().map(|link| view! { <li><a href=link.href>{link.text}</a></li> }).collect_view()}
                    </ul>
                })}
                {text.footer.get().map(|line| view! { <p>{line}</p> })}
            </div>
        </footer>
    };
    (top.into_any(), nav.into_any(), foot.into_any())
}

fn nav_link(link: FrameLink) -> impl IntoView {
    view! {
        <a href=link.href aria-current=link.current.then_some("page") aria-keyshortcuts=link.shortcut.get()>
            {link.icon.map(|icon| view! { <Icon icon/> })}
            <span class="nav-text">{link.text}</span>
            {link.badge.map(|(figures, words)| view! {
                <span class="badge"><span aria-hidden="true">{figures}</span><span class="hidden">{words}</span></span>
            })}
        </a>
    }
}

fn switch(switch: FrameSwitch, return_to: &str) -> impl IntoView + use<> {
    view! {
        <form class="inline-form" method="post" action=switch.action>
            <input type="hidden" name=RETURN_FIELD value=return_to.to_owned()/>
            <button
                class="tool"
                type="submit"
                name=switch.name
                value=switch.value
                lang=switch.lang
                aria-pressed=switch.pressed.map(|on| if on { "true" } else { "false" })
            >
                {switch.icon.map(|icon| view! { <Icon icon/> })}
                <span>{switch.text}</span>
            </button>
        </form>
    }
}
