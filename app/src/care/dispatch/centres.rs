//! Selection of one dispatch centre by tabs, for staff of several centres.

use crate::{http::context::Ctx, ui::LinkTabs};
use leptos::prelude::*;
use shared::{ids::OrganisationId, texts::care_duty as t};

/// The address of a page for one centre.
pub(super) fn address(path: &str, centre: OrganisationId) -> String {
    format!("{path}?centre={centre}")
}

/// The centre named in the address, otherwise the first; and tabs to the others, if there are any.
pub(super) fn choose(ctx: &Ctx, path: &str, centres: &[(OrganisationId, String)]) -> (Option<OrganisationId>, Option<AnyView>) {
    let asked = ctx.query("centre").and_then(|c| c.parse().ok());
    let chosen = centres.iter().map(|(id, _)| *id).find(|id| Some(*id) == asked).or(centres.first().map(|(id, _)| *id));
    let tabs = centres.iter().map(|(id, name)| (address(path, *id), name.clone(), Some(*id) == chosen)).collect();
    let tabs = (centres.len() > 1).then(|| view! { <LinkTabs label=t::centres(ctx.lang) tabs=tabs/> }.into_any());
    (chosen, tabs)
}
