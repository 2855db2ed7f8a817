//! The form that posts: works without a script, answers with a redirect.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// A form that posts. The browser's own bubbles are off (`novalidate`): they speak the browser's language, vanish,
/// and ignore elder mode; the server answers with an error summary instead.
#[component]
pub fn PostForm(
    /// Where it posts to.
    #[prop(into)]
    action: String,
    /// Hidden fields: name and value (an idempotency key, a version, a return path).
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// Carries files.
    #[prop(optional)]
    multipart: bool,
    /// What the form is for, for a page with several.
    #[prop(optional, into)]
    label: OptionalText,
    /// Its id, for a script that keeps a draft.
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
