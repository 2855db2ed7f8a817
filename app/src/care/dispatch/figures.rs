//! Response figures (接警考核): times to answer and to arrive against the targets, by day, with a CSV export.

use super::{
    board::queues,
    chart::{self, share},
};
use crate::{
    http::{
        context::Ctx,
        list_query::{ListQuery, csv_file, with_query},
        page::PageResult,
        problem_response::ProblemResponse,
    },
    islands::cases::live_region::live_region,
    ui::{
        ButtonKind, Choice, Column, DataTable, EmptyState, FieldProps, Figures as FigureList, Filters, IconName, LinkButton,
        OptionalText, PageHeading, Row, SelectField, Tag, TextField, Tone,
    },
};
use axum::{extract::Query, response::Response};
use leptos::prelude::*;
use shared::{
    Lang,
    care::figures::{ANSWERED, DayFigures, Figures, FiguresFilter, ON_SCENE, Tally, Target, TargetCount},
    texts::dispatch as t,
};

const PATH: &str = "/dispatch/figures";
const CSV: &str = "/dispatch/figures.csv";
/// The id of the live region.
const REGION: &str = "live";

fn filter(query: &ListQuery) -> FiguresFilter {
    FiguresFilter { from: query.parsed("from"), to: query.parsed("to"), organisation: query.parsed("centre") }
}

/// `/dispatch/figures`
pub async fn page(ctx: Ctx, Query(query): Query<ListQuery>) -> PageResult {
    let found = server::care::dispatch::figures::figures(ctx.store(), &ctx.actor, &filter(&query)).await?;
    Ok(ctx.desk_page(t::figures_title(ctx.lang), move |ctx| view(ctx, &query, &found)))
}

/// `/dispatch/figures.csv`
pub async fn csv(ctx: Ctx, Query(query): Query<ListQuery>) -> Result<Response, ProblemResponse> {
    let file = server::care::dispatch::figures::figures_csv(ctx.store(), &ctx.actor, &filter(&query), ctx.lang).await?;
    Ok(csv_file("attachment; filename=\"calls.csv\"", file))
}

fn view(ctx: &Ctx, query: &ListQuery, found: &Figures) -> AnyView {
    let lang = ctx.lang;
    let file = with_query(CSV, &query.given(&["from", "to", "centre"]));
    let events = format!("/live?{}", queues(found.centres.iter().map(|c| c.organisation)));
    view! {
        <PageHeading title=t::figures_title(lang) lead=t::figures_lead(lang, t::FromTo { from: found.from, to: found.to })>
            <LinkButton href=file text=t::figures_csv(lang) kind=ButtonKind::Secondary icon=IconName::Download/>
        </PageHeading>
        {filter_bar(query, found, lang)}
        <div id=REGION class="stack">
            {targets(found, lang)}
            {counts(found, lang)}
            {by_day(found, lang)}
        </div>
        {live_region(events, REGION, t::changed_here(lang))}
    }
    .into_any()
}

fn filter_bar(query: &ListQuery, found: &Figures, lang: Lang) -> AnyView {
    let clear = (!query.is_empty()).then(|| (PATH.to_owned(), t::clear(lang).to_owned()));
    let centre = (found.centres.len() > 1).then(|| {
        let name = |c: &shared::cases::Desk| lang.pick(&c.name_zh, &c.name_en).clone();
        let choices = found.centres.iter().map(|c| Choice::new(c.organisation.to_string(), name(c))).collect();
        let props = FieldProps::new("centre", t::filter_centre(lang));
        view! { <SelectField field=props choices=choices value=query.get("centre") empty=t::any(lang)/> }
    });
    let (from, to) = (found.from.to_string(), found.to.to_string());
    view! {
        <Filters action=PATH label=t::filters(lang) apply=t::apply(lang) clear=clear>
            <TextField field=FieldProps::new("from", t::figures_from(lang)) value=from/>
            <TextField field=FieldProps::new("to", t::figures_to(lang)) value=to/>
            {centre}
        </Filters>
    }
    .into_any()
}

/// Each target with its name and result.
fn target_results(tally: &Tally, lang: Lang) -> Vec<(String, Target, TargetCount)> {
    let answered =
        ANSWERED.into_iter().zip(tally.answered).map(|(target, met)| (t::figures_answered_in(lang, target.seconds), target, met));
    answered.chain([(t::figures_scene_in(lang, ON_SCENE.seconds / 60), ON_SCENE, tally.on_scene)]).collect()
}

fn targets(found: &Figures, lang: Lang) -> AnyView {
    let rows = target_results(&found.total(), lang).into_iter().map(|(name, target, met)| {
        let (text, tone) = match met.reaches(target) {
            Some(true) => (t::figures_met(lang), Tone::Good),
            Some(false) => (t::figures_missed(lang), Tone::Bad),
            None => (t::figures_none(lang), Tone::Neutral),
        };
        let reached = met.per_mille().map_or_else(
            || t::figures_none(lang).to_owned(),
            |p| t::figures_share(lang, t::AimShare { aim: share(target.per_mille), share: share(p) }),
        );
        let bar = met.per_mille().map_or_else(|| view! { <span></span> }.into_any(), |p| chart::bar(p, target.per_mille));
        view! {
            <li>
                <span class="target-name">{name}</span>
                {bar}
                <span class="number">{reached}</span>
                <span class="number hint">{t::figures_of(lang, t::JudgedMet { judged: met.judged, met: met.met })}</span>
                <Tag text=text tone=tone/>
            </li>
        }
    });
    view! {
        <section class="stack" aria-labelledby="targets">
            <h2 id="targets">{t::figures_targets(lang)}</h2>
            <ul class="targets">{rows.collect_view()}</ul>
            <p class="hint">{t::figures_explained(lang)}</p>
        </section>
    }
    .into_any()
}

fn counts(found: &Figures, lang: Lang) -> AnyView {
    let total = found.total();
    let mut figures: Vec<(String, String)> = [
        (total.calls, t::figures_calls(lang)),
        (total.false_alarms, t::figures_false_alarms(lang)),
        (total.cancelled, t::figures_taken_back(lang)),
        (total.merged, t::figures_merged(lang)),
        (total.rang_again, t::figures_unanswered(lang)),
    ]
    .into_iter()
    .map(|(n, text)| (n.to_string(), text.to_owned()))
    .collect();
    if let Some(waited) = found.waited {
        let seconds = |ms: i64| t::figures_seconds(lang, format!("{}.{}", ms / 1000, ms % 1000 / 100));
        let parts = [(waited.p50, t::figures_p50(lang)), (waited.p90, t::figures_p90(lang)), (waited.p99, t::figures_p99(lang))];
        figures.extend(parts.map(|(ms, text)| (seconds(ms), text.to_owned())));
    }
    view! {
        <section class="stack" aria-labelledby="counts">
            <h2 id="counts">{t::figures_counts(lang)}</h2>
            <FigureList figures=figures/>
        </section>
    }
    .into_any()
}

fn by_day(found: &Figures, lang: Lang) -> AnyView {
    let chart = chart::days(found, lang);
    let mut columns = vec![
        Column::new(t::figures_day(lang)),
        Column::new(t::figures_centre(lang)),
        Column::new(t::figures_calls(lang)).number(),
    ];
    columns.extend(target_results(&Tally::default(), lang).into_iter().map(|(name, ..)| Column::new(name).number()));
    let heads = [t::figures_false_alarms, t::figures_taken_back, t::figures_merged, t::figures_unanswered];
    columns.extend(heads.map(|head| Column::new(head(lang)).number()));
    let rows = found.days.iter().map(|day| line(found, day, lang)).collect();
    let empty = move || view! { <EmptyState title=t::figures_empty(lang) icon=IconName::Chart/> }.into_any();
    view! {
        <section class="stack" aria-labelledby="by-day">
            <h2 id="by-day">{t::figures_by_day(lang)}</h2>
            {chart}
            <DataTable caption=t::figures_by_day(lang) quiet_caption=true columns=columns rows=rows empty=empty/>
        </section>
    }
    .into_any()
}

fn line(found: &Figures, day: &DayFigures, lang: Lang) -> Row {
    let centre = found.centres.iter().find(|c| c.organisation == day.organisation);
    let centre = centre.map(|c| lang.pick(&c.name_zh, &c.name_en).clone()).unwrap_or_default();
    let number = |n: u64| view! { <span class="number">{n.to_string()}</span> }.into_any();
    let tally = &day.tally;
    let mut cells =
        vec![view! { <span class="number">{day.day.to_string()}</span> }.into_any(), centre.into_any(), number(tally.calls)];
    cells.extend(target_results(tally, lang).into_iter().map(|(_, _, met)| {
        let text = if met.judged == 0 {
            t::nothing_next(lang).to_owned()
        } else {
            t::figures_of(lang, t::JudgedMet { judged: met.judged, met: met.met })
        };
        view! { <span class="number">{text}</span> }.into_any()
    }));
    cells.extend([tally.false_alarms, tally.cancelled, tally.merged, tally.rang_again].map(number));
    Row::new(OptionalText::default(), cells)
}
