//! An amount of money.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// An amount with tabular digits; only a large one with a unit may wrap.
#[component]
pub fn Money(
    /// The amount with its sign, such as "¥1,200.00".
    #[prop(into)]
    text: String,
    /// The unit, such as "a month" (每月).
    #[prop(optional, into)]
    per: OptionalText,
    /// Whether it is shown large.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! {
        <span class=if large { "money money-large" } else { "money" }>
            <span class="money-amount">{text}</span> {per.get().map(|per| view! { <span class="money-per">" "{per}</span> })}
        </span>
    }
}
