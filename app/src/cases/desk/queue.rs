//! The queue of a desk (办件队列) by due date, with views, filters and order in the address; several cases can be claimed at once,
//! and the list can be exported as CSV.

use super::{
    claim::ClaimSelected,
    keys,
    state_tag::{state_name_for_staff, tag},
};
use crate::{
    http::{
        context::Ctx,
        list_query::{ListAddress, ListQuery, csv_file},
        page::PageResult,
        problem_response::ProblemResponse,
    },
    islands::cases::live_region::live_region,
    ui::{
        Button, ButtonKind, Choice, Column, DataTable, Direction, EmptyState, FieldProps, Filters, IconName, LinkButton,
        LinkTabs, OptionalText, PageHeading, Pager, Row, SelectField, Tag, TextField, Tone,
    },
};
use axum::{extract::Query, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    cases::{ClockState, Desk, Party, QueueCounts, QueueFilter, QueuePage, QueueRow, QueueSort},
    flows::flow,
    services::life,
    texts::{cases as words, desk as t},
};
use uuid::Uuid;

const PATH: &str = "/desk";
const LIST: ListAddress = ListAddress { path: PATH, kept: &["view", "organisation", "state", "q", "sort"] };
const CSV: ListAddress = ListAddress { path: "/desk/queue.csv", ..LIST };
/// The id of the live region.
const REGION: &str = "live";

/// A view of the queue: a tab.
struct View {
    code: &'static str,
    text: fn(Lang, u64) -> String,
    count: fn(&QueueCounts) -> u64,
    narrow: fn(&mut QueueFilter),
}

const VIEWS: &[View] = &[
    View { code: "", text: |l, n| t::view_all(l, n), count: |c| c.open, narrow: |_| {} },
    View { code: "unassigned", text: |l, n| t::view_unassigned(l, n), count: |c| c.unassigned, narrow: |f| f.unassigned = true },
    View { code: "mine", text: |l, n| t::view_mine(l, n), count: |c| c.mine, narrow: |f| f.mine = true },
    View { code: "deciding", text: |l, n| t::view_deciding(l, n), count: |c| c.deciding, narrow: |f| f.deciding = true },
    View { code: "overdue", text: |l, n| t::view_overdue(l, n), count: |c| c.overdue, narrow: |f| f.overdue = true },
];

const SORTS: &[(&str, QueueSort)] = &[("newest", QueueSort::Newest), ("oldest", QueueSort::Oldest)];

fn filter(query: &ListQuery) -> QueueFilter {
    let mut filter = QueueFilter {
        organisation: query.parsed("organisation"),
        state: query.text("state"),
        text: query.text("q"),
        after: query.text("after"),
        sort: SORTS.iter().find(|(code, _)| *code == query.get("sort")).map(|(_, sort)| *sort).unwrap_or_default(),
        ..QueueFilter::default()
    };
    if let Some(view) = VIEWS.iter().find(|v| v.code == query.get("view")) {
        (view.narrow)(&mut filter);
    }
    filter
}

/// `/desk`
pub async fn page(ctx: Ctx, Query(query): Query<ListQuery>) -> PageResult {
    let found = server::cases::queue(ctx.store(), &ctx.actor, &filter(&query)).await?;
    Ok(ctx.desk_page(t::queue_title(ctx.lang), move |ctx| view(ctx, &query, &found)))
}

/// `/desk/queue.csv`
pub async fn csv(ctx: Ctx, Query(query): Query<ListQuery>) -> Result<Response, ProblemResponse> {
    let file = server::cases::queue_csv(ctx.store(), &ctx.actor, &filter(&query), ctx.lang).await?;
    Ok(csv_file("attachment; filename=\"queue.csv\"", file))
}

fn view(ctx: &Ctx, query: &ListQuery, found: &QueuePage) -> AnyView {
    let lang = ctx.lang;
    let file = CSV.with(query, &[]);
    let near = (found.counts.near > 0).then(|| t::near_count(lang, found.counts.near));
    view! {
        <PageHeading title=t::queue_title(lang) lead=near>
            <LinkButton href="/desk/absences" text=t::absences_title(lang) kind=ButtonKind::Secondary icon=IconName::Calendar/>
            <LinkButton href=file text=t::csv(lang) kind=ButtonKind::Secondary icon=IconName::Download/>
        </PageHeading>
        {filter_bar(query, found, lang)}
        {list(ctx, query, found)}
        {pages(query, found, lang)}
        {keys::of_queue(lang)}
        {found.desks.iter().map(|desk| live(desk, lang)).collect_view()}
    }
    .into_any()
}

/// Keeps the list current by the events of this desk.
fn live(desk: &Desk, lang: Lang) -> AnyView {
    let events = format!("/live?queue={}", desk.organisation);
    live_region(events, REGION, t::changed_here(lang))
}

fn filter_bar(query: &ListQuery, found: &QueuePage, lang: Lang) -> AnyView {
    let now = query.get("view").to_owned();
    let tabs = VIEWS
        .iter()
        .map(|v| {
            let text = (v.text)(lang, (v.count)(&found.counts));
            (LIST.with(query, &[("view", v.code), ("state", "")]), text, v.code == now)
        })
        .collect();
    let narrowed = query.has_any(&["organisation", "state", "q"]);
    let clear =
        narrowed.then(|| (LIST.with(query, &[("organisation", ""), ("state", ""), ("q", "")]), t::clear(lang).to_owned()));
    let organisation = (found.desks.len() > 1).then(|| {
        let choices = found.desks.iter().map(|d| Choice::new(d.organisation.to_string(), office(d, lang))).collect();
        view! {
            <SelectField
                field=FieldProps::new("organisation", t::filter_organisation(lang))
                choices=choices
                value=query.get("organisation")
                empty=t::any(lang)
            />
        }
    });
    let sort = query.get("sort").to_owned();
    let (text, state) = (query.get("q").to_owned(), query.get("state").to_owned());
    let states = states(&found.counts, lang);
    view! {
        <LinkTabs label=t::views(lang) tabs=tabs/>
        <Filters action=PATH label=t::filters(lang) apply=t::apply(lang) clear=clear>
            {(!now.is_empty()).then(|| view! { <input type="hidden" name="view" value=now.clone()/> })}
            {(!sort.is_empty()).then(|| view! { <input type="hidden" name="sort" value=sort.clone()/> })}
            <TextField field=FieldProps::new("q", t::filter_text(lang)) value=text/>
            <SelectField
                field=FieldProps::new("state", t::filter_state(lang))
                choices=states
                value=state
                empty=t::open_states(lang)
            />
            {organisation}
        </Filters>
    }
    .into_any()
}

fn office(desk: &Desk, lang: Lang) -> String {
    lang.pick(&desk.name_zh, &desk.name_en).clone()
}

/// The open states with their counts, then the closed states.
fn states(counts: &QueueCounts, lang: Lang) -> Vec<Choice> {
    let named = |code: &str, text: String| Choice::new(code, text);
    let count = |code: &str| counts.states.iter().find(|(state, _)| state == code).map_or(0, |(_, n)| *n);
    let mut states = life::APPLICATION.states();
    states.sort_by_key(|s| life::APPLICATION.is_closed(s.0));
    let text = |code: &str| match (life::APPLICATION.is_closed(code), state_name_for_staff(code, lang)) {
        (true, name) => name.to_owned(),
        (false, name) => t::state_with_count(lang, t::NName { n: count(code), name }),
    };
    states.into_iter().map(|s| named(s.0, text(s.0))).collect()
}

/// The state of a clock as a tag.
fn clock(state: ClockState, lang: Lang) -> AnyView {
    let tone = match state {
        ClockState::Overdue => Tone::Bad,
        ClockState::Near => Tone::Warn,
        ClockState::InTime => Tone::Good,
        ClockState::Pending => Tone::Progress,
        ClockState::StandsStill | ClockState::None => Tone::Neutral,
    };
    view! { <Tag text=state.name(lang) tone=tone/> }.into_any()
}

fn columns(query: &ListQuery, lang: Lang) -> Vec<Column> {
    let sort = query.get("sort");
    let (opened, turned) = match sort {
        "newest" => (Some(Direction::Descending), "oldest"),
        "oldest" => (Some(Direction::Ascending), "newest"),
        _ => (None, "newest"),
    };
    let due = opened.is_none().then_some(Direction::Ascending);
    vec![
        Column::new(words::column_number(lang)),
        Column::new(words::column_title(lang)),
        Column::new(words::column_state(lang)),
        Column::new(words::column_clock(lang)),
        Column::new(t::column_due(lang)).sort(LIST.with(query, &[("sort", "")]), due),
        Column::new(words::column_assignee(lang)),
        Column::new(t::column_opened(lang)).sort(LIST.with(query, &[("sort", turned)]), opened),
    ]
}

/// Whether this caseworker can claim the case: it is unassigned and its Flow allows it.
fn claimable(ctx: &Ctx, row: &QueueRow) -> bool {
    let theirs = |by: Party| matches!(by, Party::Staff(permission) if ctx.actor.may(permission));
    row.assignee_name.is_none() && flow(&row.kind).is_some_and(|f| f.find(&row.state, life::CLAIM.0).any(|step| theirs(step.by)))
}

fn line(ctx: &Ctx, row: &QueueRow) -> Row {
    let lang = ctx.lang;
    let number = row.number.clone();
    let choose = claimable(ctx, row).then(|| {
        view! {
            <input type="checkbox" class="select-row" name=format!("numbers[{number}]") value=number.clone() aria-label=t::select_case(lang, &number)/>
        }
    });
    let due = row.due_on.map_or_else(|| t::no_due(lang).to_owned(), |d| d.to_string());
    let legal = row.legal_due.map(|d| view! { <span class="by-law">{t::by_law(lang, d)}</span> });
    let opened = jiff::tz::Offset::constant(8).to_datetime(row.opened_at).date().to_string();
    let holder = match (&row.assignee_name, row.mine) {
        (_, true) => view! { <strong>{t::me(lang)}</strong> }.into_any(),
        (Some(name), false) => view! { {name.clone()} }.into_any(),
        (None, false) => view! { <span class="hint">{t::nobody(lang)}</span> }.into_any(),
    };
    let cells = vec![
        view! {
            <span class="row select-line">
                <span class="select-place">{choose}</span>
                <a class="row-link number" href=format!("/desk/{number}")>{number.clone()}</a>
            </span>
        }
        .into_any(),
        view! { {lang.pick(&row.title_zh, &row.title_en).clone()} }.into_any(),
        tag(&row.state, lang),
        clock(row.clock, lang),
        view! { <span class="number">{due}</span> {legal} }.into_any(),
        holder,
        view! { <span class="number">{opened}</span> }.into_any(),
    ];
    Row::new(OptionalText::default(), cells)
}

fn list(ctx: &Ctx, query: &ListQuery, found: &QueuePage) -> AnyView {
    let lang = ctx.lang;
    let rows: Vec<Row> = found.rows.iter().map(|row| line(ctx, row)).collect();
    let some = found.rows.iter().any(|row| claimable(ctx, row));
    let bare = query.is_empty();
    let empty = move || {
        let text = if bare { t::empty_all(lang) } else { t::empty_narrowed(lang) };
        view! { <EmptyState title=t::empty_title(lang) text=text/> }.into_any()
    };
    view! {
        <form class="stack" method="post" action=ClaimSelected::PATH>
            <input type="hidden" name="key" value=Uuid::new_v4().to_string()/>
            <input type="hidden" name="return_to" value=ctx.path.clone()/>
            <div id=REGION class="stack">
                <DataTable caption=t::table(lang) quiet_caption=true columns=columns(query, lang) rows=rows empty=empty/>
                {some.then(|| view! {
                    <div><Button text=t::claim_selected(lang) kind=ButtonKind::Secondary shortcut="c"/></div>
                })}
            </div>
        </form>
    }
    .into_any()
}

fn pages(query: &ListQuery, found: &QueuePage, lang: Lang) -> AnyView {
    let first = LIST.first_page(query).map(|address| (address, t::first_page(lang).to_owned()));
    let next = found.next.as_ref().map(|after| (LIST.page_after(query, after), t::next_page(lang).to_owned()));
    view! { <Pager label=t::pager(lang) previous=first next=next/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_filters_the_list() {
        let filter = filter(&[("view", "mine"), ("q", " 高龄 "), ("sort", "newest"), ("organisation", "x")].into());
        assert!(filter.mine && !filter.unassigned && filter.organisation.is_none());
        assert_eq!((filter.text.as_deref(), filter.sort), (Some("高龄"), QueueSort::Newest));
    }

    #[test]
    fn a_change_leads_to_the_first_page_and_keeps_the_rest() {
        let now = ListQuery::from([("view", "mine"), ("q", "a b"), ("after", "infinity_x"), ("strange", "1")]);
        assert_eq!(LIST.with(&now, &[("sort", "newest")]), "/desk?q=a+b&sort=newest&view=mine");
        assert_eq!(LIST.with(&now, &[("q", ""), ("view", "")]), "/desk");
    }
}
