//! A search box.

use super::{button::Button, field_props::field_id, icon::IconName, optional_text::OptionalText};
use leptos::prelude::*;

/// A search by GET: one box, one button.
#[component]
pub fn SearchBox(
    /// The address of the results.
    #[prop(into)]
    action: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// The text of the button.
    #[prop(into)]
    submit: String,
    /// The current search text.
    #[prop(optional, into)]
    value: OptionalText,
    /// The name of the parameter.
    #[prop(default = "q")]
    name: &'static str,
    /// Help in one sentence, such as examples.
    #[prop(optional, into)]
    hint: OptionalText,
    /// Other query parameters to keep: name and value.
    #[prop(optional)]
    kept: Vec<(&'static str, String)>,
) -> impl IntoView {
    let id = field_id(name);
    let hint_id = hint.is_some().then(|| format!("{id}-hint"));
    view! {
        <form class="search" method="get" action=action role="search">
            {kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <label class="label" for=id.clone()>{label}</label>
            {hint.get().map(|text| view! { <p class="hint" id=hint_id.clone()>{text}</p> })}
            <div class="search-line">
                <input
                    class="input"
                    type="search"
                    id=id
                    name=name
                    value=value.get()
                    autocomplete="off"
                    enterkeyhint="search"
                    aria-describedby=hint_id
                />
                <Button text=submit icon=IconName::Search/>
            </div>
        </form>
    }
}
