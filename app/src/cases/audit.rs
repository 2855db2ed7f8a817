//! Auditors' pages: every case with its events, without personal content, and the verification of its chain.

use super::desk::{state_tag::tag, timeline::actor_name};
use crate::{
    http::{
        context::Ctx,
        list_query::{ListQuery, with_query},
        page::PageResult,
    },
    ui::{
        BackLink, ButtonKind, Column, DataTable, EmptyState, IconName, LinkButton, Notice, OptionalText, PageHeading, Pager, Row,
        SearchBox, Tone, when,
    },
};
use axum::extract::{Path, Query};
use leptos::prelude::*;
use server::cases::{
    audit::Fault,
    audit_read::{self, AuditRow, Record},
};
use shared::{
    Lang,
    cases::{Page, TimelineEntry, action_name, state_name},
    texts::{account, cases as words, desk as t},
};

const PATH: &str = "/audit";

/// `/audit`
pub async fn list(ctx: Ctx, Query(query): Query<ListQuery>) -> PageResult {
    let (text, after) = (query.text("q"), query.text("after"));
    let found = audit_read::list(ctx.store(), &ctx.actor, text.as_deref(), after.as_deref()).await?;
    Ok(ctx.desk_page(t::audit_title(ctx.lang), move |ctx| list_view(ctx, text.as_deref(), after.is_some(), &found)))
}

fn list_view(ctx: &Ctx, text: Option<&str>, beyond: bool, found: &Page<AuditRow>) -> AnyView {
    let lang = ctx.lang;
    let columns = vec![
        Column::new(words::column_number(lang)),
        Column::new(words::column_title(lang)),
        Column::new(t::audit_organisation(lang)),
        Column::new(words::column_state(lang)),
        Column::new(t::audit_events(lang)).number(),
        Column::new(t::audit_changed(lang)),
    ];
    let rows = found.rows.iter().map(|row| list_row(row, lang)).collect();
    let address = |after: Option<&str>| {
        let pairs: Vec<(&str, &str)> = [("q", text), ("after", after)].into_iter().filter_map(|(n, v)| Some((n, v?))).collect();
        with_query(PATH, &pairs)
    };
    let first = beyond.then(|| (address(None), t::first_page(lang).to_owned()));
    let next = found.next.as_deref().map(|after| (address(Some(after)), t::next_page(lang).to_owned()));
    let empty = move || view! { <EmptyState title=t::audit_none(lang)/> }.into_any();
    view! {
        <PageHeading title=t::audit_title(lang) lead=t::audit_lead(lang)>
            <LinkButton href="/audit/staff" text=account::administration_title(lang) kind=ButtonKind::Secondary icon=IconName::Users/>
        </PageHeading>
        <SearchBox action=PATH label=t::audit_find(lang) hint=t::audit_find_hint(lang) submit=t::audit_search(lang) value=text/>
        <DataTable caption=t::table(lang) quiet_caption=true columns=columns rows=rows empty=empty/>
        <Pager label=t::pager(lang) previous=first next=next/>
    }
    .into_any()
}

fn list_row(row: &AuditRow, lang: Lang) -> Row {
    let cells = vec![
        view! { {row.number.clone()} }.into_any(),
        view! { {lang.pick(&row.title_zh, &row.title_en).clone()} }.into_any(),
        view! { {lang.pick(&row.organisation_zh, &row.organisation_en).clone()} }.into_any(),
        tag(&row.state, lang),
        view! { {row.events.to_string()} }.into_any(),
        view! { {when::stamp(row.changed_at, lang)} }.into_any(),
    ];
    Row::new(format!("{PATH}/{}", row.number).into(), cells)
}

/// `/audit/{number}`
pub async fn case(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    let record = audit_read::record(&ctx.app.state, &ctx.actor, &number).await?;
    let title = format!("{} · {number}", t::audit_title(ctx.lang));
    Ok(ctx.desk_page(title, move |ctx| case_view(ctx, &record)))
}

fn case_view(ctx: &Ctx, record: &Record) -> AnyView {
    let lang = ctx.lang;
    let case = &record.case;
    let columns = vec![
        Column::new(t::audit_seq(lang)).number(),
        Column::new(t::audit_at(lang)),
        Column::new(t::audit_actor(lang)),
        Column::new(t::audit_action(lang)),
        Column::new(t::audit_from(lang)),
        Column::new(t::audit_to(lang)),
        Column::new(t::audit_sealed(lang)),
        Column::new(t::audit_previous(lang)),
        Column::new(t::audit_hash(lang)),
    ];
    let rows = case.timeline.iter().map(|entry| event_row(entry, record, lang)).collect();
    let organisation = lang.pick(&case.organisation_zh, &case.organisation_en).clone();
    let state = tag(&case.state, lang);
    view! {
        <BackLink href=PATH text=t::audit_back(lang)/>
        <PageHeading title=case.number.clone() caption=case.title(lang) lead=organisation>
            {state}
        </PageHeading>
        {verdict(record, lang)}
        <h2>{t::audit_event_list(lang)}</h2>
        <DataTable
            caption=t::audit_event_list(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <p>{t::fault_empty(lang)}</p> }.into_any()
        />
    }
    .into_any()
}

fn verdict(record: &Record, lang: Lang) -> AnyView {
    let root = match &record.root {
        None => view! { <p>{t::audit_no_root(lang)}</p> }.into_any(),
        Some(root) => view! {
            <p>{t::audit_covered(lang, t::AtN { at: signed_at(&root.at, lang), n: root.n })}</p>
            <p class="audit-identity">{t::audit_root_identity(lang, &root.identity)}</p>
            {(root.uncovered > 0).then(|| view! { <p>{t::audit_uncovered(lang, root.uncovered)}</p> })}
        }
        .into_any(),
    };
    if record.faults.is_empty() {
        let text = t::audit_holds(lang, record.links.len());
        return view! { <Notice tone=Tone::Good title=text>{root}</Notice> }.into_any();
    }
    let faults = record.faults.iter().map(|f| view! { <li>{fault(f, lang)}</li> }).collect_view();
    view! { <Notice tone=Tone::Bad title=t::audit_broken(lang)><ul>{faults}</ul> {root}</Notice> }.into_any()
}

/// Formats the moment of a signed root; unreadable ones are shown as they are.
fn signed_at(at: &str, lang: Lang) -> String {
    at.parse::<jiff::Timestamp>().map_or_else(|_| at.to_owned(), |at| when::stamp(at, lang))
}

fn fault(fault: &Fault, lang: Lang) -> String {
    match fault {
        Fault::Altered { seq, .. } => t::fault_altered(lang, seq),
        Fault::Unlinked { seq, .. } => t::fault_unlinked(lang, seq),
        Fault::Gap { expected, found, .. } => t::fault_gap(lang, t::ExpectedFound { expected, found }),
        Fault::End { .. } => t::fault_end(lang).to_owned(),
        Fault::State { .. } => t::fault_state(lang).to_owned(),
        Fault::Empty { .. } => t::fault_empty(lang).to_owned(),
        other => other.to_string(),
    }
}

fn event_row(entry: &TimelineEntry, record: &Record, lang: Lang) -> Row {
    let link = record.links.iter().find(|l| l.seq == entry.seq);
    let short = |hash: Option<&String>| hash.map(|h| h.chars().take(12).collect::<String>()).unwrap_or_default();
    let state = |code: &str| if code.is_empty() { t::no_due(lang).to_owned() } else { state_name(lang, code).to_owned() };
    let sealed = if link.is_some_and(|l| l.sealed) { t::audit_is_sealed(lang) } else { t::no_due(lang) };
    let cells = vec![
        view! { {entry.seq.to_string()} }.into_any(),
        view! { <time datetime=entry.at.to_string()>{when::stamp(entry.at, lang)}</time> }.into_any(),
        view! { {actor_name(entry, lang)} }.into_any(),
        view! { {action_name(lang, &entry.action).to_owned()} }.into_any(),
        view! { {state(&entry.from_state)} }.into_any(),
        view! { {state(&entry.to_state)} }.into_any(),
        view! { {sealed} }.into_any(),
        view! { <code>{short(link.map(|l| &l.prev))}</code> }.into_any(),
        view! { <code>{short(link.map(|l| &l.hash))}</code> }.into_any(),
    ];
    Row::new(OptionalText::default(), cells)
}
