//! Response figures (how fast calls are answered and responders arrive), computed from the calls: three statements for
//! any filter.

use crate::care::dispatch::board::{centres, desks};
use crate::{
    Store,
    access::actor::Actor,
    csv_file::CsvFile,
    error::Result,
    store::{DbDate, Tx},
};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::Permission::LeadCentre,
    care::{
        figures::{ANSWERED, DayFigures, Figures, FiguresFilter, ON_SCENE, Tally, TargetCount, WaitPercentiles},
        life::{FALSE_ALARM, MERGED, UNANSWER},
    },
    ids::OrganisationId,
    texts::dispatch as text,
};

/// Days shown by default.
const DAYS: i64 = 30;
/// Most days of a period.
const MOST_DAYS: i32 = 366;

/// The calls of the centres ($1) and days ($2 to $3), each with its waiting times; $4 is the code of `unanswer`. Two
/// statements select from it, so it is composed with them.
const CALLS: &str = "WITH calls AS (
    SELECT c.organisation_id, c.state, k.dispatched_at, (k.raised_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        extract(epoch FROM k.first_answered_at - k.raised_at)::float8 AS waited, extract(epoch FROM k.on_scene_at - k.raised_at)::float8 AS reached,
        extract(epoch FROM coalesce(k.ended_at, huimin_now()) - k.raised_at)::float8 AS age,
        k.ended_at IS NOT NULL AND k.first_answered_at IS NULL AS cancelled,
        (SELECT count(*) FROM event e WHERE e.case_id = c.id AND e.action = $4) AS rang_again
      FROM care_call k JOIN cases c ON c.id = k.case_id
     WHERE c.organisation_id = ANY($1) AND k.raised_at >= $2::date::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND k.raised_at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')";

#[derive(FromQueryResult)]
struct DayRow {
    organisation_id: OrganisationId,
    day: DbDate,
    calls: i64,
    judged_0: i64,
    met_0: i64,
    judged_1: i64,
    met_1: i64,
    judged_2: i64,
    met_2: i64,
    judged_scene: i64,
    met_scene: i64,
    false_alarms: i64,
    cancelled: i64,
    merged: i64,
    rang_again: i64,
}

/// The figures of the centres that the actor leads.
///
/// # Errors
/// [`Problem::Forbidden`] for anyone who leads none of them; [`Problem::Invalid`] when `to` is before `from` or more than a
/// year after it.
pub async fn figures(store: &Store, actor: &Actor, filter: &FiguresFilter) -> Result<Figures> {
    let here = centres(store, actor, filter.organisation, LeadCentre)?;
    let all = centres(store, actor, None, LeadCentre)?;
    let tx = store.snapshot(actor).await?;
    let (from, to) = period(filter, tx.now().await?.today())?;
    let values =
        || -> [Value; 4] { [here.clone().into(), DbDate::from(from).into(), DbDate::from(to).into(), UNANSWER.0.into()] };
    let answered: Vec<String> = ANSWERED
        .iter()
        .enumerate()
        .map(|(at, target)| {
            let seconds = target.seconds;
            format!(
                "count(*) FILTER (WHERE NOT cancelled AND (waited IS NOT NULL OR age > {seconds})) AS judged_{at},
                 count(*) FILTER (WHERE waited <= {seconds}) AS met_{at}"
            )
        })
        .collect();
    let statement = format!(
        "{CALLS} SELECT organisation_id, day, count(*) AS calls, {},
             count(*) FILTER (WHERE dispatched_at IS NOT NULL AND state <> '{}' AND (reached IS NOT NULL OR age > {scene})) AS judged_scene,
             count(*) FILTER (WHERE dispatched_at IS NOT NULL AND state <> '{}' AND reached <= {scene}) AS met_scene,
             count(*) FILTER (WHERE state = '{}') AS false_alarms, count(*) FILTER (WHERE cancelled) AS cancelled,
             count(*) FILTER (WHERE state = '{}') AS merged, sum(rang_again)::bigint AS rang_again
           FROM calls GROUP BY organisation_id, day ORDER BY day DESC, organisation_id",
        answered.join(", "),
        FALSE_ALARM.0,
        FALSE_ALARM.0,
        FALSE_ALARM.0,
        MERGED.0,
        scene = ON_SCENE.seconds,
    );
    let rows: Vec<DayRow> = tx.all(&statement, values()).await?;
    Ok(Figures {
        from,
        to,
        days: rows.iter().map(to_day_figures).collect(),
        waited: waiting_times(&tx, values()).await?,
        centres: desks(&tx, &all).await?,
    })
}

/// The period of a filter, checked.
fn period(filter: &FiguresFilter, today: Date) -> Result<(Date, Date)> {
    let to = filter.to.unwrap_or(today);
    let from = filter.from.unwrap_or_else(|| to.saturating_sub(jiff::Span::new().days(DAYS - 1)));
    if to < from {
        return Err(Problem::field("to", FieldErrorKind::DateBefore { first: from.to_string() }).into());
    }
    let last = from.saturating_add(jiff::Span::new().days(MOST_DAYS));
    if to > last {
        return Err(Problem::field("to", FieldErrorKind::DateAfter { last: last.to_string() }).into());
    }
    Ok((from, to))
}

fn to_day_figures(row: &DayRow) -> DayFigures {
    let whole = |n: i64| u64::try_from(n).unwrap_or_default();
    let met = |judged, met| TargetCount { judged: whole(judged), met: whole(met) };
    let tally = Tally {
        calls: whole(row.calls),
        answered: [met(row.judged_0, row.met_0), met(row.judged_1, row.met_1), met(row.judged_2, row.met_2)],
        on_scene: met(row.judged_scene, row.met_scene),
        false_alarms: whole(row.false_alarms),
        cancelled: whole(row.cancelled),
        merged: whole(row.merged),
        rang_again: whole(row.rang_again),
    };
    DayFigures { organisation: row.organisation_id, day: row.day.date(), tally }
}

/// The percentiles of the waiting time until the first answer, in milliseconds.
async fn waiting_times(tx: &Tx, values: [Value; 4]) -> Result<Option<WaitPercentiles>> {
    #[derive(FromQueryResult)]
    struct PercentileRow {
        p50: Option<i64>,
        p90: Option<i64>,
        p99: Option<i64>,
    }
    let statement = format!(
        "{CALLS} SELECT (percentile_disc(0.5) WITHIN GROUP (ORDER BY waited) * 1000)::bigint AS p50,
             (percentile_disc(0.9) WITHIN GROUP (ORDER BY waited) * 1000)::bigint AS p90,
             (percentile_disc(0.99) WITHIN GROUP (ORDER BY waited) * 1000)::bigint AS p99
           FROM calls WHERE waited IS NOT NULL"
    );
    let row: Option<PercentileRow> = tx.one(&statement, values).await?;
    Ok(row.and_then(|r| Some(WaitPercentiles { p50: r.p50?, p90: r.p90?, p99: r.p99? })))
}

/// The figures as a CSV file with one row per day and centre.
///
/// # Errors
/// As [`figures`].
pub async fn figures_csv(store: &Store, actor: &Actor, filter: &FiguresFilter, lang: Lang) -> Result<String> {
    let found = figures(store, actor, filter).await?;
    let mut file = CsvFile::new();
    let mut heads =
        vec![text::figures_day(lang).to_owned(), text::figures_centre(lang).to_owned(), text::figures_calls(lang).to_owned()];
    for target in ANSWERED {
        heads.push(text::figures_answered_judged(lang, target.seconds));
        heads.push(text::figures_answered_met(lang, target.seconds));
    }
    let minutes = ON_SCENE.seconds / 60;
    heads.extend([text::figures_scene_judged(lang, minutes), text::figures_scene_met(lang, minutes)]);
    let counts = [text::figures_false_alarms, text::figures_taken_back, text::figures_merged, text::figures_unanswered];
    heads.extend(counts.map(|head| head(lang).to_owned()));
    file.write_row(&heads)?;
    for DayFigures { organisation, day, tally } in &found.days {
        let centre = found.centres.iter().find(|c| c.organisation == *organisation);
        let centre = centre.map(|c| lang.pick(&c.name_zh, &c.name_en).clone()).unwrap_or_default();
        let mut cells = vec![day.to_string(), centre, tally.calls.to_string()];
        for met in tally.answered.iter().chain([&tally.on_scene]) {
            cells.extend([met.judged.to_string(), met.met.to_string()]);
        }
        cells.extend([tally.false_alarms, tally.cancelled, tally.merged, tally.rang_again].map(|n| n.to_string()));
        file.write_row(&cells)?;
    }
    file.finish()
}
