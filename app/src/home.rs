//! The first screen: who I am, what waits for me, what the city offers, search.

use crate::{
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{Card, CardGrid, Glyph, PageHeading},
};
use axum::response::Response;
use leptos::prelude::*;
use shared::texts::home as t;

/// `/`
pub async fn home(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    Ok(visit.page(t::title(visit.lang), view))
}

/// A pillar of the city, as far as it is built: one row each.
struct Pillar {
    href: &'static str,
    title: fn(shared::Lang) -> &'static str,
    text: fn(shared::Lang) -> &'static str,
    glyph: Glyph,
}

const PILLARS: &[Pillar] =
    &[Pillar { href: "/services", title: t::services_title, text: t::services_text, glyph: Glyph::Document }];

fn view(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    view! {
        <PageHeading title=t::welcome(lang) lead=t::lead(lang)/>
        <CardGrid>
            {PILLARS
                .iter()
                .map(|p| view! { <Card title=(p.title)(lang) text=(p.text)(lang) href=p.href glyph=p.glyph strong=true/> })
                .collect_view()}
        </CardGrid>
    }
    .into_any()
}
