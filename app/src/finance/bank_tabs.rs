//! The tabs of a bank's desk: open demands, own demands, products.

use crate::ui::LinkTabs;
use leptos::prelude::*;
use shared::{Lang, texts::finance as t};

/// The open demands.
pub(super) const OPEN: &str = "/bank";
/// The demands whose firm accepted this bank's offer.
pub(super) const OWN: &str = "/bank?view=own";
/// The bank's products.
pub(super) const PRODUCTS: &str = "/bank/products";

/// Draws the tabs; `current` is the address of the open one.
pub(super) fn bank_tabs(lang: Lang, current: &str) -> AnyView {
    let all = [(OPEN, t::bank_open(lang)), (OWN, t::bank_own(lang)), (PRODUCTS, t::products_title(lang))];
    let tabs = all.into_iter().map(|(href, text)| (href.to_owned(), text.to_owned(), href == current)).collect();
    view! { <LinkTabs label=t::bank_title(lang) tabs=tabs/> }.into_any()
}
