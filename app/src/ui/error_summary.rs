//! The error summary of a form, at the top of the page.

use super::{
    field_props::field_id,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// The errors of a form, each with a link to its field. Draws nothing without errors.
#[component]
pub fn ErrorSummary(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Field name and error, in the order of the form. An error with an empty field name has no link.
    errors: Vec<(String, String)>,
) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        view! {
            <div class="error-summary" role="alert" tabindex="-1" id="errors">
                <h2><Icon icon=IconName::CrossCircle/><span>{title}</span></h2>
                <ul>
                    {errors
                        .into_iter()
                        .map(|(field, text)| {
                            let line = if field.is_empty() {
                                view! { <span>{text}</span> }.into_any()
                            } else {
                                view! { <a href=format!("#{}", field_id(&field))>{text}</a> }.into_any()
                            };
                            view! { <li>{line}</li> }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}
