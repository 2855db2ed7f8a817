//! `/services`: the catalogue (事项目录), searched and filtered by the query.

use crate::{
    http::{context::Ctx, list_query::with_query, page::PageResult},
    ui::{Card, CardGrid, Details, EmptyState, IconName, LinkButton, LinkTabs, PageHeading, Pager, SearchBox, Tag},
};
use leptos::prelude::*;
use shared::{
    Lang,
    services::{
        display,
        item::Audience,
        item_summary::{ItemCard, ItemFilter, ItemPage},
        themes::{THEMES, theme_of},
    },
    texts::services_pages as t,
};

/// The address of the catalogue.
pub const PATH: &str = "/services";
/// Longest search, in characters.
const LONGEST: usize = 60;

/// `/services`
pub async fn page(ctx: Ctx) -> PageResult {
    let filter = filter(&ctx);
    let found = server::services::catalogue::list(ctx.store(), &filter).await?;
    Ok(ctx.page(t::list_title(ctx.lang), move |ctx| view(ctx, &filter, &found)))
}

fn filter(ctx: &Ctx) -> ItemFilter {
    let audiences = [Audience::Person, Audience::Enterprise];
    ItemFilter {
        audience: ctx.query("audience").and_then(|code| audiences.into_iter().find(|a| a.code() == code)),
        theme: ctx.query("theme").filter(|code| theme_of(code).is_some()),
        q: ctx.query("q").unwrap_or_default().trim().chars().take(LONGEST).collect(),
        after: ctx.query("after").filter(|code| !code.is_empty()),
    }
}

/// The address of the list with this filter, on its first page unless `after` is set.
fn address(filter: &ItemFilter) -> String {
    let pairs = [
        ("q", Some(filter.q.as_str())),
        ("audience", filter.audience.map(Audience::code)),
        ("theme", filter.theme.as_deref()),
        ("after", filter.after.as_deref()),
    ];
    let set: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?))).collect();
    with_query(PATH, &set)
}

fn view(ctx: &Ctx, filter: &ItemFilter, found: &ItemPage) -> AnyView {
    let lang = ctx.lang;
    let first = ItemFilter { after: None, ..filter.clone() };
    let kept = [("audience", filter.audience.map(|a| a.code().to_owned())), ("theme", filter.theme.clone())];
    let kept: Vec<(&'static str, String)> = kept.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let lead = (!ctx.elder).then(|| t::list_lead(lang));
    let next = found.next.clone().map(|code| ItemFilter { after: Some(code), ..first.clone() });
    let back = filter.after.is_some().then(|| (address(&first), t::first_page(lang).to_owned()));
    let next = next.map(|f| (address(&f), t::next_page(lang).to_owned()));
    let list = if found.items.is_empty() {
        no_results(lang)
    } else {
        let cards: Vec<AnyView> = found.items.iter().map(|card| item_card(card, lang, false)).collect();
        view! { <CardGrid>{cards}</CardGrid> }.into_any()
    };
    view! {
        <PageHeading title=t::list_title(lang) lead=lead/>
        <SearchBox
            action=PATH
            label=t::search_label(lang)
            submit=t::search(lang)
            value=filter.q.clone()
            hint=t::search_hint(lang)
            kept=kept
        />
        {(!ctx.elder).then(|| filter_bar(lang, &first))}
        {list}
        <Pager label=t::pager(lang) previous=back next=next/>
    }
    .into_any()
}

/// The filters of the list: audience and theme.
fn filter_bar(lang: Lang, first: &ItemFilter) -> AnyView {
    let tab = |audience: Option<Audience>| {
        let href = address(&ItemFilter { audience, ..first.clone() });
        (href, audience.map_or(t::all(lang), |a| a.name(lang)).to_owned(), audience == first.audience)
    };
    let audiences = vec![tab(None), tab(Some(Audience::Person)), tab(Some(Audience::Enterprise))];
    let theme = |code: Option<&'static str>, name: &'static str| {
        let href = address(&ItemFilter { theme: code.map(str::to_owned), ..first.clone() });
        (href, name.to_owned(), code == first.theme.as_deref())
    };
    let all = std::iter::once(theme(None, t::all_themes(lang)));
    let themes: Vec<_> = all.chain(THEMES.iter().map(|row| theme(Some(row.code), row.name(lang)))).collect();
    let chosen = first.theme.as_deref().and_then(theme_of).map(|row| t::theme_chosen(lang, row.name(lang)));
    let summary = chosen.unwrap_or_else(|| t::themes(lang).to_owned());
    view! {
        <LinkTabs label=t::audience_label(lang) tabs=audiences/>
        <Details summary=summary><LinkTabs label=t::themes(lang) tabs=themes/></Details>
    }
    .into_any()
}

fn no_results(lang: Lang) -> AnyView {
    view! {
        <EmptyState title=t::found_none(lang) text=t::found_none_text(lang) icon=IconName::Search>
            <LinkButton href=PATH text=t::show_all(lang)/>
        </EmptyState>
    }
    .into_any()
}

/// Draws an item of a list with its key facts: department, duration, number of visits, fee. `third`: its heading is below an
/// `h2` of the page.
#[must_use]
pub fn item_card(card: &ItemCard, lang: Lang, third: bool) -> AnyView {
    let visits = if card.visits == 0 { t::online(lang).to_owned() } else { t::visits(lang, card.visits) };
    let fee = if card.fee_fen == 0 { t::free(lang).to_owned() } else { display::money(card.fee_fen, lang) };
    let facts = [card.department.text(lang).to_owned(), t::days_promised(lang, card.promised_days), visits, fee].join(" · ");
    let example = card.example.then(|| view! { <Tag text=t::example(lang)/> });
    view! {
        <Card title=card.name.text(lang) href=format!("{PATH}/{}", card.code) text=card.summary.text(lang) third=third>
            <p class="hint">{facts}</p>
            {example}
        </Card>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_contains_only_the_filter() {
        assert_eq!(address(&ItemFilter::default()), "/services");
        let filter = ItemFilter {
            audience: Some(Audience::Person),
            theme: Some("elderly".to_owned()),
            q: "老年 证".to_owned(),
            after: None,
        };
        assert_eq!(address(&filter), "/services?q=%E8%80%81%E5%B9%B4+%E8%AF%81&audience=person&theme=elderly");
    }
}
