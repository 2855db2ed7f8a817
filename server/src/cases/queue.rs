//! The queue of cases of a desk (办件队列): its pages, its counts and its CSV file.

use super::{clocks::last_workday, life::Lives};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    account::entity::organisation,
    csv_file::CsvFile,
    error::Result,
    paging,
    store::{DbDate, DbInstant, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value, raw_sql};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::Permission,
    cases::{ClockState, Desk, Party, QueueCounts, QueueFilter, QueuePage, QueueRow, QueueSort, state_name},
    ids::{AccountId, CaseId, OrganisationId},
    texts::cases as text,
};
use std::collections::BTreeSet;

/// How many rows a page has.
const PAGE: usize = 50;
/// Most rows of a file; a longer list must be narrowed by filters.
const FILE_ROWS: i64 = 10_000;

/// The clock of a case that has not ended; a test over every Flow shows that there is at most one.
const CLOCK: &str = "LEFT JOIN case_clock k ON k.case_id = c.id AND k.stopped_on IS NULL";
/// $2: the last working day up to today.
const OVERDUE: &str = "coalesce(k.counted_days > k.legal_days OR (k.running_since IS NOT NULL AND k.legal_due < $2), false)";

#[derive(FromQueryResult)]
struct Row {
    id: CaseId,
    number: String,
    kind: String,
    title_zh: String,
    title_en: String,
    organisation_id: OrganisationId,
    state: String,
    opened_at: DbInstant,
    due_on: Option<DbDate>,
    legal_due: Option<DbDate>,
    clock: String,
    assignee_id: Option<AccountId>,
    assignee: Option<String>,
}

/// The position after the last row of a page.
struct After {
    due: String,
    id: CaseId,
}

impl After {
    fn parse(text: &str) -> Option<Self> {
        let (due, id) = text.split_once('_')?;
        if due != "infinity" {
            due.parse::<jiff::civil::Date>().ok()?;
        }
        Some(Self { due: due.to_owned(), id: id.parse().ok()? })
    }

    fn of(row: &Row) -> String {
        format!("{}_{}", row.due_on.map_or_else(|| "infinity".to_owned(), |day| day.to_string()), row.id)
    }
}

/// The organisations whose queue the actor may read, narrowed to the requested one.
fn readable_organisations(store: &Store, actor: &Actor, wanted: Option<OrganisationId>) -> Result<Vec<OrganisationId>> {
    store.gate.enter(Access::Staff(Permission::WorkOnCases), actor)?;
    let mine = actor.organisations_where(Permission::WorkOnCases);
    match wanted {
        None => Ok(mine),
        Some(one) if mine.contains(&one) => Ok(vec![one]),
        Some(_) => Err(Problem::Forbidden.into()),
    }
}

/// A text as a LIKE pattern that matches texts beginning with it; none for a blank text.
pub(crate) fn like_prefix(text: &str) -> Option<String> {
    let wanted: String = text.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    if wanted.is_empty() {
        return None;
    }
    let quoted = ['\\', '%', '_'].iter().fold(wanted, |t, special| t.replace(*special, &format!("\\{special}")));
    Some(format!("{quoted}%"))
}

async fn rows(tx: &Tx, actor: &Actor, organisations: &[OrganisationId], filter: &QueueFilter, limit: i64) -> Result<Vec<Row>> {
    if let Some(state) = &filter.state
        && !Lives::of(tx)?.flows().any(|f| f.states().iter().any(|s| s.0 == state))
    {
        return Err(Problem::field("state", FieldErrorKind::NotAnOption).into());
    }
    let after = filter.after.as_deref().and_then(After::parse);
    let (beyond, order) = match filter.sort {
        QueueSort::Due => {
            ("(coalesce(c.due_on, 'infinity'::date), c.id) > ($9::text::date, $8)", "coalesce(c.due_on, 'infinity'::date), c.id")
        }
        QueueSort::Newest => ("$9::text IS NOT NULL AND c.id < $8", "c.id DESC"),
        QueueSort::Oldest => ("$9::text IS NOT NULL AND c.id > $8", "c.id"),
    };
    let statement = format!(
        "SELECT c.id, c.number, c.kind, c.title_zh, c.title_en, c.organisation_id, c.state, c.opened_at, c.due_on, k.legal_due,
             c.assignee_id, huimin_staff_name(c.assignee_id) AS assignee,
             CASE WHEN k.clock IS NULL THEN 'none' WHEN {OVERDUE} THEN 'overdue' WHEN k.running_since IS NULL THEN 'stands_still'
                  WHEN k.warn_on <= huimin_today() THEN 'near' WHEN k.legal_due IS NULL THEN 'pending' ELSE 'in_time' END AS clock
         FROM cases c {CLOCK}
         WHERE c.organisation_id = ANY($1) AND CASE WHEN $3::text IS NULL THEN c.closed_at IS NULL ELSE c.state = $3 END
           AND ($4::uuid IS NULL OR c.assignee_id = $4) AND (NOT $5 OR c.assignee_id IS NULL) AND (NOT $6 OR {OVERDUE})
           AND ($7::text IS NULL OR c.number ILIKE $7 OR c.title_zh ILIKE '%' || $7 OR c.title_en ILIKE '%' || $7)
           AND ($8::uuid IS NULL OR ({beyond})) AND (NOT $10 OR c.state = ANY($11))
         ORDER BY {order} LIMIT {limit}"
    );
    let values: [Value; 11] = [
        organisations.to_vec().into(),
        workday(tx).await?.into(),
        filter.state.clone().into(),
        actor.account.filter(|_| filter.mine).into(),
        filter.unassigned.into(),
        filter.overdue.into(),
        filter.text.as_deref().and_then(like_prefix).into(),
        after.as_ref().map(|a| a.id).into(),
        after.map_or_else(|| "infinity".to_owned(), |a| a.due).into(),
        filter.deciding.into(),
        deciding(Lives::of(tx)?).into(),
    ];
    tx.all(&statement, values).await
}

/// The states that wait for the decision of a supervisor, by the Flows.
fn deciding(lives: Lives) -> Vec<String> {
    let steps = lives.flows().flat_map(|f| f.steps).filter(|s| s.by == Party::Staff(Permission::DecideCases));
    let states: BTreeSet<String> = steps.map(|s| s.from.0.to_owned()).collect();
    states.into_iter().collect()
}

async fn workday(tx: &Tx) -> Result<DbDate> {
    Ok(last_workday(tx.now().await?.today()).into())
}

fn to_view(row: Row, actor: &Actor) -> Result<QueueRow> {
    Ok(QueueRow {
        number: row.number,
        kind: row.kind,
        title_zh: row.title_zh,
        title_en: row.title_en,
        organisation: row.organisation_id,
        state: row.state,
        opened_at: row.opened_at.timestamp(),
        due_on: row.due_on.map(DbDate::date),
        legal_due: row.legal_due.map(DbDate::date),
        clock: serde_json::from_value::<ClockState>(row.clock.into())?,
        mine: row.assignee_id.is_some() && row.assignee_id == actor.account,
        assignee_name: row.assignee,
    })
}

/// A page of the queue, with the counts and the desks of the reader.
///
/// # Errors
/// [`Problem::Forbidden`] for accounts that do not work there; [`Problem::Invalid`] for an unknown state.
pub async fn queue(store: &Store, actor: &Actor, filter: &QueueFilter) -> Result<QueuePage> {
    let organisations = readable_organisations(store, actor, filter.organisation)?;
    let tx = store.snapshot(actor).await?;
    let mut found = rows(&tx, actor, &organisations, filter, paging::limit_plus_one(PAGE)).await?;
    Ok(QueuePage {
        next: paging::take_page(&mut found, PAGE, After::of),
        rows: found.into_iter().map(|row| to_view(row, actor)).collect::<Result<_>>()?,
        counts: counts(&tx, actor, &organisations).await?,
        desks: desks(&tx, actor).await?,
    })
}

async fn counts(tx: &Tx, actor: &Actor, organisations: &[OrganisationId]) -> Result<QueueCounts> {
    #[derive(FromQueryResult)]
    struct Count {
        state: String,
        open: i64,
        mine: i64,
        unassigned: i64,
        overdue: i64,
        near: i64,
    }
    let statement = format!(
        "SELECT c.state, count(*) AS open, count(*) FILTER (WHERE c.assignee_id = $3) AS mine,
             count(*) FILTER (WHERE c.assignee_id IS NULL) AS unassigned, count(*) FILTER (WHERE {OVERDUE}) AS overdue,
             count(*) FILTER (WHERE NOT {OVERDUE} AND k.warn_on <= huimin_today()) AS near
         FROM cases c {CLOCK} WHERE c.organisation_id = ANY($1) AND c.closed_at IS NULL
         GROUP BY c.state ORDER BY count(*) DESC, c.state"
    );
    let rows: Vec<Count> =
        tx.all(&statement, [organisations.to_vec().into(), workday(tx).await?.into(), actor.account.into()]).await?;
    let whole = |n: i64| u64::try_from(n).unwrap_or_default();
    let deciding = deciding(Lives::of(tx)?);
    Ok(rows.into_iter().fold(QueueCounts::default(), |mut all, row| {
        all.open += whole(row.open);
        all.mine += whole(row.mine);
        all.unassigned += whole(row.unassigned);
        all.overdue += whole(row.overdue);
        all.near += whole(row.near);
        all.deciding += if deciding.contains(&row.state) { whole(row.open) } else { 0 };
        all.states.push((row.state, whole(row.open)));
        all
    }))
}

async fn desks(tx: &Tx, actor: &Actor) -> Result<Vec<Desk>> {
    let rows: Vec<(OrganisationId, String, String)> = organisation::Entity::find()
        .select_only()
        .columns([organisation::Column::Id, organisation::Column::NameZh, organisation::Column::NameEn])
        .filter(organisation::Column::Id.is_in(actor.organisations_where(Permission::WorkOnCases)))
        .order_by_asc(organisation::Column::Code)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(organisation, name_zh, name_en)| Desk { organisation, name_zh, name_en }).collect())
}

/// The colleagues to whom a case of this organisation can be handed over today: account and name.
///
/// # Errors
/// [`Problem::Forbidden`] for accounts that do not work there.
pub async fn colleagues(store: &Store, actor: &Actor, organisation: OrganisationId) -> Result<Vec<(AccountId, String)>> {
    readable_organisations(store, actor, Some(organisation))?;
    let tx = store.read(actor).await?;
    tx.fetch_values(raw_sql!(Postgres, "SELECT account, name FROM huimin_colleagues({organisation}) ORDER BY name, account"))
        .await
}

/// The queue as a CSV file with the columns of the page.
///
/// # Errors
/// As [`queue`].
pub async fn queue_csv(store: &Store, actor: &Actor, filter: &QueueFilter, lang: Lang) -> Result<String> {
    let organisations = readable_organisations(store, actor, filter.organisation)?;
    let tx = store.snapshot(actor).await?;
    let all = QueueFilter { after: None, ..filter.clone() };
    let mut file = CsvFile::new();
    let heads = [
        text::column_number(lang),
        text::column_title(lang),
        text::column_state(lang),
        text::column_opened(lang),
        text::column_due(lang),
        text::column_legal_due(lang),
        text::column_clock(lang),
        text::column_assignee(lang),
    ];
    file.write_row(&heads)?;
    for row in rows(&tx, actor, &organisations, &all, FILE_ROWS).await? {
        let row = to_view(row, actor)?;
        let opened = jiff::tz::Offset::constant(8).to_datetime(row.opened_at).date().to_string();
        let day = |d: Option<jiff::civil::Date>| d.map(|d| d.to_string()).unwrap_or_default();
        file.write_row(&[
            &row.number,
            lang.pick(&row.title_zh, &row.title_en),
            state_name(lang, &row.state),
            &opened,
            &day(row.due_on),
            &day(row.legal_due),
            row.clock.name(lang),
            row.assignee_name.as_deref().unwrap_or_default(),
        ])?;
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_no_pattern() {
        assert_eq!(like_prefix(" 100%_\\ ").as_deref(), Some("100\\%\\_\\\\%"));
        assert_eq!(like_prefix(" \u{0} "), None);
    }

    #[test]
    fn a_page_ends_somewhere_or_nowhere() {
        let id: CaseId = crate::store::new_id();
        let after = After::parse(&format!("2026-01-31_{id}")).unwrap();
        assert_eq!((after.due.as_str(), after.id), ("2026-01-31", id));
        assert!(After::parse(&format!("infinity_{id}")).is_some());
        assert!(After::parse(&format!("2026-02-31_{id}")).is_none());
        assert!(After::parse("'; DROP").is_none());
    }
}
