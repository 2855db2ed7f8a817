//! The dispatch board (调度台): open calls, ringing ones first, live, with timers and a sound.

use super::{board_rows, keys, presence};
use crate::{
    care::paths::BOARD,
    http::{
        context::Ctx,
        list_query::{ListAddress, ListQuery},
        page::PageResult,
    },
    islands::{care::watch as island, cases::live_region::live_region},
    ui::{Choice, FieldProps, Filters, LinkTabs, Notice, PageHeading, Pager, SelectField, TextField, Tone},
};
use axum::extract::Query;
use leptos::prelude::*;
use shared::{
    Lang,
    care::board::{Board, BoardCounts, BoardFilter, BoardView, Elsewhere, HeartbeatSource, OnDuty, RingingCall},
    ids::OrganisationId,
    texts::{account as words, dispatch as t},
};

const LIST: ListAddress = ListAddress { path: BOARD, kept: &["view", "centre", "q"] };
/// The id of the live region.
const REGION: &str = "live";

/// A view of the board: a tab.
struct View {
    code: &'static str,
    view: BoardView,
    text: fn(Lang, &BoardCounts) -> String,
}

const VIEWS: &[View] = &[
    View { code: "", view: BoardView::Open, text: |l, c| t::view_open(l, c.open) },
    View { code: "ringing", view: BoardView::Ringing, text: |l, c| t::view_ringing(l, c.ringing) },
    View { code: "mine", view: BoardView::Mine, text: |l, c| t::view_mine(l, c.mine) },
    View { code: "ended", view: BoardView::Ended, text: |l, _| t::view_ended(l).to_owned() },
];

fn filter(query: &ListQuery) -> BoardFilter {
    BoardFilter {
        organisation: query.parsed("centre"),
        view: VIEWS.iter().find(|v| v.code == query.get("view")).map(|v| v.view).unwrap_or_default(),
        text: query.text("q"),
        after: query.text("after"),
    }
}

/// `/dispatch`
pub async fn page(ctx: Ctx, Query(query): Query<ListQuery>) -> PageResult {
    let found = server::care::dispatch::board::board(ctx.store(), &ctx.actor, &filter(&query)).await?;
    let on_duty = found.reader_on_duty();
    let page = ctx.desk_page(t::board_title(ctx.lang), move |ctx| view(ctx, &query, &found));
    Ok(if on_duty { page.asks_for_presence() } else { page })
}

fn view(ctx: &Ctx, query: &ListQuery, found: &Board) -> AnyView {
    let lang = ctx.lang;
    let events = format!("/live?{}", queues(found.centres.iter().map(|c| c.organisation)));
    let watch = watch(found.now, true, lang);
    view! {
        <PageHeading title=t::board_title(lang)>{watch}</PageHeading>
        <div id=REGION class="stack">
            {stopped_processes(&found.silent, lang)}
            {presence::off_duty(found.reader_on_duty(), lang)}
            {ringing_elsewhere(&found.elsewhere, lang)}
            {tabs(query, found, lang)}
            {board_rows::table(ctx, found, query.is_empty())}
            {duty(&found.on_duty, lang)}
        </div>
        {pages(query, found, lang)}
        {filter_bar(query, found, lang)}
        {keys::of_board(lang)}
        {presence::view(found.reader_on_duty(), lang)}
        {live_region(events, REGION, t::changed_here(lang))}
    }
    .into_any()
}

/// The query of the event stream for the queues of these centres.
pub(super) fn queues(centres: impl IntoIterator<Item = OrganisationId>) -> String {
    let centres: Vec<String> = centres.into_iter().map(|c| c.to_string()).collect();
    format!("queue={}", centres.join(","))
}

/// The notice about ringing calls that are not in this list; they also sound.
pub(super) fn ringing_elsewhere(found: &Elsewhere, lang: Lang) -> Option<AnyView> {
    let who = |call: &RingingCall| call.name.clone().unwrap_or_else(|| board_rows::nameless(call.known, lang).to_owned());
    let marks = found
        .first
        .iter()
        .map(|call| view! { <span class="rings" data-ringing=call.number.clone() data-who=who(call)></span> })
        .collect_view();
    let summary = t::elsewhere(lang, found.count);
    (found.count > 0).then(|| {
        view! {
            <Notice tone=Tone::Bad>
                <p>{marks} {summary} " " <a href=format!("{BOARD}?view=ringing")>{t::elsewhere_open(lang)}</a></p>
            </Notice>
        }
        .into_any()
    })
}

/// The island for timers and, on pages with ringing calls, the sound.
pub(super) fn watch(now: jiff::Timestamp, rings: bool, lang: Lang) -> AnyView {
    island::watch([
        ("now", now.as_duration().as_secs_f64().to_string()),
        ("rings", if rings { "rings" } else { "" }.to_owned()),
        ("on", t::sound_on(lang).to_owned()),
        ("off", t::sound_off(lang).to_owned()),
        ("hint", t::sound_hint(lang).to_owned()),
        ("news", t::ring_news(lang, "WHO")),
    ])
}

/// Warns of stopped background processes, because escalation then stops.
fn stopped_processes(silent: &[HeartbeatSource], lang: Lang) -> Option<AnyView> {
    let words = silent
        .iter()
        .map(|heart| match heart {
            HeartbeatSource::Engine => t::silent_engine(lang),
            HeartbeatSource::Auditor => t::silent_auditor(lang),
        })
        .map(|text| view! { <p>{text}</p> })
        .collect_view();
    (!silent.is_empty())
        .then(|| view! { <Notice tone=Tone::Bad title=t::silent_title(lang) live=true>{words}</Notice> }.into_any())
}

fn tabs(query: &ListQuery, found: &Board, lang: Lang) -> AnyView {
    let now = query.get("view");
    let tabs =
        VIEWS.iter().map(|v| (LIST.with(query, &[("view", v.code)]), (v.text)(lang, &found.counts), v.code == now)).collect();
    view! { <LinkTabs label=t::views(lang) tabs=tabs/> }.into_any()
}

fn filter_bar(query: &ListQuery, found: &Board, lang: Lang) -> AnyView {
    let narrowed = query.has_any(&["centre", "q"]);
    let clear = narrowed.then(|| (LIST.with(query, &[("centre", ""), ("q", "")]), t::clear(lang).to_owned()));
    let centre = (found.centres.len() > 1).then(|| {
        let name = |c: &shared::cases::Desk| lang.pick(&c.name_zh, &c.name_en).clone();
        let choices = found.centres.iter().map(|c| Choice::new(c.organisation.to_string(), name(c))).collect();
        let props = FieldProps::new("centre", t::filter_centre(lang));
        view! { <SelectField field=props choices=choices value=query.get("centre") empty=t::any(lang)/> }
    });
    let (view_now, text) = (query.get("view").to_owned(), query.get("q").to_owned());
    view! {
        <Filters action=BOARD label=t::filters(lang) apply=t::apply(lang) clear=clear>
            {(!view_now.is_empty()).then(|| view! { <input type="hidden" name="view" value=view_now.clone()/> })}
            <TextField field=FieldProps::new("q", t::filter_number(lang)) value=text/>
            {centre}
        </Filters>
    }
    .into_any()
}

/// Who is on duty now.
fn duty(on_duty: &[OnDuty], lang: Lang) -> AnyView {
    let role = |d: &OnDuty| words::find(lang, &format!("role_{}", d.role.code())).unwrap_or(d.role.code());
    let line = |d: &OnDuty| {
        let text = t::on_duty_line(lang, t::NameRole { name: &d.name, role: role(d) });
        if d.me { view! { <li><strong>{text}</strong></li> }.into_any() } else { view! { <li>{text}</li> }.into_any() }
    };
    let body = if on_duty.is_empty() {
        view! { <p class="hint">{t::on_duty_none(lang)}</p> }.into_any()
    } else {
        view! { <ul class="duty">{on_duty.iter().map(line).collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="on-duty">
            <h2 id="on-duty">{t::on_duty(lang, on_duty.len())}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn pages(query: &ListQuery, found: &Board, lang: Lang) -> AnyView {
    let first = LIST.first_page(query).map(|address| (address, t::first_page(lang).to_owned()));
    let next = found.next.as_ref().map(|after| (LIST.page_after(query, after), t::next_page(lang).to_owned()));
    view! { <Pager label=t::pager(lang) previous=first next=next/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_filters_the_board() {
        let query = ListQuery::from([("view", "ringing"), ("q", " HJ-2026 "), ("centre", "x")]);
        let filter = filter(&query);
        assert_eq!((filter.view, filter.text.as_deref(), filter.organisation), (BoardView::Ringing, Some("HJ-2026"), None));
        assert_eq!(LIST.with(&query, &[("centre", ""), ("view", "")]), "/dispatch?q=HJ-2026");
        assert_eq!(LIST.with(&ListQuery::default(), &[]), "/dispatch");
    }
}
