//! Confirmation of a finished action: the number to keep and the next steps.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The top of a confirmation page. Its heading is the page's `h1`.
#[component]
pub fn ConfirmationPanel(
    /// The finished action.
    #[prop(into)]
    title: String,
    /// The label of the number, such as "case number" (办件编号).
    #[prop(optional, into)]
    number_label: OptionalText,
    /// The number to keep.
    #[prop(optional, into)]
    number: OptionalText,
    /// The heading over what happens next.
    #[prop(into)]
    next_title: String,
    /// The next steps, one sentence each.
    next: Vec<String>,
    /// Links and buttons below.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="confirmation">
            <Icon icon=IconName::CheckCircle/>
            <h1>{title}</h1>
            {number.get().map(|number| view! {
                <p class="confirmation-number">
                    {number_label.get().map(|label| view! { <span>{label}</span> })}
                    <strong>{number}</strong>
                </p>
            })}
        </div>
        <section class="next">
            <h2>{next_title}</h2>
            <ol class="next-steps">{next.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
        </section>
        {children.map(|children| children())}
    }
}
