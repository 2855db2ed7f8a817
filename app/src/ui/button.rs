//! Buttons do something; links lead somewhere. Both may look like a button.

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
    /// Another action of equal right.
    Secondary,
    /// An action that few people need.
    Quiet,
    /// An action that takes something away.
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
    /// What it does, as a verb.
    #[prop(into)]
    text: String,
    /// The emphasis.
    #[prop(optional)]
    kind: ButtonKind,
    /// The name that is posted, where a form has several buttons.
    #[prop(optional, into)]
    name: OptionalText,
    /// The value that is posted under `name`.
    #[prop(optional, into)]
    value: OptionalText,
    /// Another address to post to than the form's.
    #[prop(optional, into)]
    formaction: OptionalText,
    /// A key of the keyboard for desks (`aria-keyshortcuts`); the key hints on the page tell it.
    #[prop(optional, into)]
    shortcut: OptionalText,
    /// More words for screen readers, which do not see the surroundings of the button.
    #[prop(optional, into)]
    hidden: OptionalText,
    /// A drawing before the text.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Cannot be used now. Say beside it why: a button that merely does nothing is a riddle.
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

/// A link that looks like a button: the way on, not a change.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What is there.
    #[prop(into)]
    text: String,
    /// The emphasis.
    #[prop(optional)]
    kind: ButtonKind,
    /// More words for screen readers, which do not see the surroundings of the link.
    #[prop(optional, into)]
    hidden: OptionalText,
    /// A key of the keyboard for desks, as of a button.
    #[prop(optional, into)]
    shortcut: OptionalText,
    /// A drawing before the text.
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

/// Buttons side by side, below one another where there is no room.
#[component]
pub fn ButtonRow(
    /// The buttons, the main one first.
    children: Children,
) -> impl IntoView {
    view! { <div class="button-row">{children()}</div> }
}
