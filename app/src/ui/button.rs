//! Buttons change something, links navigate; both may look like a button.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The emphasis of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one main action of a page.
    #[default]
    Primary,
    /// A secondary action.
    Secondary,
    /// A rarely needed action.
    Quiet,
    /// A destructive action.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button",
            Self::Secondary => "button button-secondary",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button that submits its form.
#[component]
pub fn Button(
    /// The text: a verb.
    #[prop(into)]
    text: String,
    /// The emphasis.
    #[prop(optional)]
    kind: ButtonKind,
    /// The posted name, in a form with several buttons.
    #[prop(optional, into)]
    name: OptionalText,
    /// The value posted under `name`.
    #[prop(optional, into)]
    value: OptionalText,
    /// Overrides the address that the form posts to.
    #[prop(optional, into)]
    formaction: OptionalText,
    /// The keyboard shortcut on desks (`aria-keyshortcuts`); the key hints of the page list it.
    #[prop(optional, into)]
    shortcut: OptionalText,
    /// Additional text for screen readers, which lack the visual context.
    #[prop(optional, into)]
    hidden: OptionalText,
    /// The icon before the text.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Whether it is disabled. State the reason beside it.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=kind.class()
            name=name.get()
            value=value.get()
            formaction=formaction.get()
            aria-keyshortcuts=shortcut.get()
            disabled=disabled
        >
            {icon.map(|icon| view! { <Icon icon/> })}
            <span>{text}{hidden.get().map(|h| view! { <span class="hidden">" "{h}</span> })}</span>
        </button>
    }
}

/// A link that looks like a button: for navigation, not for changes.
#[component]
pub fn LinkButton(
    /// The address.
    #[prop(into)]
    href: String,
    /// The text.
    #[prop(into)]
    text: String,
    /// The emphasis.
    #[prop(optional)]
    kind: ButtonKind,
    /// Additional text for screen readers, which lack the visual context.
    #[prop(optional, into)]
    hidden: OptionalText,
    /// The keyboard shortcut (desks).
    #[prop(optional, into)]
    shortcut: OptionalText,
    /// The icon before the text.
    #[prop(optional)]
    icon: Option<IconName>,
) -> impl IntoView {
    view! {
        <a class=kind.class() href=href aria-keyshortcuts=shortcut.get()>
            {icon.map(|icon| view! { <Icon icon/> })}
            <span>{text}{hidden.get().map(|h| view! { <span class="hidden">" "{h}</span> })}</span>
        </a>
    }
}

/// Buttons in a row that wraps.
#[component]
pub fn ButtonRow(
    /// The buttons, the main one first.
    children: Children,
) -> impl IntoView {
    view! { <div class="button-row">{children()}</div> }
}
