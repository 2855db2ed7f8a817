//! An amount of money.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// An amount, with digits of one width, broken over two lines only where it is large and has words.
#[component]
pub fn Money(
    /// The amount with its sign, such as "¥1,200.00".
    #[prop(into)]
    text: String,
    /// What it is paid for or how often, such as "a month" (每月).
    #[prop(optional, into)]
    per: OptionalText,
    /// A large figure.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! {
        <span class=if large { "money money-large" } else { "money" }>
            <span class="money-amount">{text}</span> {per.get().map(|per| view! { <span class="money-per">" "{per}</span> })}
        </span>
    }
}
