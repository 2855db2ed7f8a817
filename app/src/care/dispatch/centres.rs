//! Selection of one dispatch centre by tabs, for staff of several centres.

use crate::{http::context::Ctx, ui::LinkTabs};
use leptos::prelude::*;
use shared::texts::care_duty as t;
use uuid::Uuid;

/// The address of a page for one centre.
pub(super) fn address(path: &str, centre: Uuid) -> String {
    format!("{path}?centre={centre}")
}

/// The centre that the address names, or else the first; and tabs to the others, if there are any.
pub(super) fn choose(ctx: &Ctx, path: &str, centres: &[(Uuid, String)]) -> (Option<Uuid>, Option<AnyView>) {
    let asked = ctx.query("centre").and_then(|c| Uuid::parse_str(&c).ok());
    let chosen = centres.iter().map(|(id, _)| *id).find(|id| Some(*id) == asked).or(centres.first().map(|(id, _)| *id));
    let tabs = centres.iter().map(|(id, name)| (address(path, *id), name.clone(), Some(*id) == chosen)).collect();
    let tabs = (centres.len() > 1).then(|| view! { <LinkTabs label=t::centres(ctx.lang) tabs=tabs/> }.into_any());
    (chosen, tabs)
}
