//! POST forms, which work without scripts and end in a redirect.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// A POST form. The browser's own bubbles are off (`novalidate`): they use the browser's language, vanish,
/// and ignore elder mode; the server answers with an error summary instead.
#[component]
pub fn PostForm(
    /// The address that it posts to.
    #[prop(into)]
    action: String,
    /// Hidden fields: name and value (an idempotency key, a version, a return path).
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// Whether it has files.
    #[prop(optional)]
    multipart: bool,
    /// The label, for a page with several forms.
    #[prop(optional, into)]
    label: OptionalText,
    /// The id, for the script that saves drafts.
    #[prop(optional, into)]
    id: OptionalText,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form
            class="form"
            method="post"
            action=action
            id=id.get()
            aria-label=label.get()
            enctype=multipart.then_some("multipart/form-data")
            novalidate
        >
            {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            {children()}
        </form>
    }
}
