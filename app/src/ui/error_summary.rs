//! All that is wrong with a form, on top of the page.

use super::{
    field_props::field_id,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// The errors of a form, each leading to its field. Nothing is drawn when there are none.
#[component]
pub fn ErrorSummary(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Field name and what is wrong, in the order of the form. An empty field name is a text without a link.
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
