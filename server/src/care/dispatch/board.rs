//! The dispatchers' board (调度台): every call of their centres and of the centres that joined it, in seven statements however
//! many calls there are. Ringing calls come first, and those that the page does not list are announced separately.

use crate::account::entity::organisation;
use crate::care::{entity::care_heartbeat, sealed::caller_name};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    cases::like_prefix,
    error::Result,
    paging,
    store::{DbInstant, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Value, raw_sql};
use shared::{
    Problem,
    account::{
        Permission::{self, AnswerCalls},
        Role,
    },
    care::{
        board::{
            Board, BoardCounts, BoardFilter, BoardRow, BoardView, Elsewhere, HeartbeatSource, Holder, OnDuty, RingingCall,
            short_address,
        },
        life::{CallState, RINGING, SOS},
        profile::Profile,
    },
    cases::Desk,
    ids::{AccountId, CaseId, OrganisationId, PersonId},
};

/// Rows of a page.
const PAGE_ROWS: usize = 50;
/// Maximum number of ringing calls outside the page that are listed one by one.
const ELSEWHERE_MOST: i64 = 20;
/// Prefix of the cursor of a page that ended among ringing calls.
const RINGING_PREFIX: &str = "r-";

#[derive(FromQueryResult)]
struct CallRow {
    id: CaseId,
    number: String,
    state: String,
    version: i32,
    organisation_id: OrganisationId,
    assignee_id: Option<AccountId>,
    assignee: Option<String>,
    known: bool,
    raised_at: DbInstant,
    step: i32,
    round: i32,
    next_step_at: Option<DbInstant>,
    fine: bool,
    subject_id: PersonId,
    name_sealed: Option<Vec<u8>>,
    key_sealed: Option<Vec<u8>>,
    profile_sealed: Option<Vec<u8>>,
    presses: i64,
    goes: Vec<String>,
    there: i64,
    asked: i64,
}

/// The centres where the actor has a permission, or the requested one among them.
///
/// # Errors
/// [`Problem::Forbidden`] for anyone who does not have it there.
pub(crate) fn centres(
    store: &Store,
    actor: &Actor,
    wanted: Option<OrganisationId>,
    permission: Permission,
) -> Result<Vec<OrganisationId>> {
    store.gate.enter(Access::Staff(permission), actor)?;
    let mine = actor.organisations_where(permission);
    match wanted {
        None => Ok(mine),
        Some(one) if mine.contains(&one) => Ok(vec![one]),
        Some(_) => Err(Problem::Forbidden.into()),
    }
}

/// Loads the board.
///
/// # Errors
/// [`Problem::Forbidden`] for anyone who does not answer calls there.
pub async fn board(store: &Store, actor: &Actor, filter: &BoardFilter) -> Result<Board> {
    let here = centres(store, actor, filter.organisation, AnswerCalls)?;
    let all = centres(store, actor, None, AnswerCalls)?;
    let tx = store.snapshot(actor).await?;
    let now = DbInstant::from(tx.now().await?.at).timestamp();
    let mut found = rows(&tx, actor, &here, filter).await?;
    let next = paging::take_page(&mut found, PAGE_ROWS, |row| cursor(filter.view, row));
    let listed = found.iter().filter(|row| row.state == RINGING.0).map(|row| row.number.clone()).collect();
    Ok(Board {
        now,
        next,
        elsewhere: elsewhere(&tx, &all, listed).await?,
        rows: found.into_iter().map(|row| to_view(&tx, row, actor)).collect(),
        counts: counts(&tx, actor, &here).await?,
        centres: desks(&tx, &all).await?,
        on_duty: on_duty(&tx, actor, &here).await?,
        silent: silent_sources(&tx, now).await?,
    })
}

/// The cursor of a page that ends with this row.
fn cursor(view: BoardView, row: &CallRow) -> String {
    let prefix = if view == BoardView::Open && row.state == RINGING.0 { RINGING_PREFIX } else { "" };
    format!("{prefix}{}", row.id)
}

/// The ringing calls of the actor's centres other than this one.
///
/// # Errors
/// [`Problem::Forbidden`] for anyone who does not answer calls.
pub async fn ringing_elsewhere(store: &Store, actor: &Actor, number: &str) -> Result<Elsewhere> {
    let all = centres(store, actor, None, AnswerCalls)?;
    elsewhere(&store.read(actor).await?, &all, vec![number.to_owned()]).await
}

async fn elsewhere(tx: &Tx, centres: &[OrganisationId], listed: Vec<String>) -> Result<Elsewhere> {
    #[derive(FromQueryResult)]
    struct RingingRow {
        number: String,
        subject_id: PersonId,
        known: bool,
        name_sealed: Option<Vec<u8>>,
        total: i64,
    }
    let (kind, ringing, most, centres) = (SOS.kind, CallState::Ringing, ELSEWHERE_MOST, centres.to_vec());
    let rows: Vec<RingingRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT c.number, c.subject_id, k.known, p.name_sealed, count(*) OVER () AS total
               FROM cases c JOIN care_call k ON k.case_id = c.id LEFT JOIN person p ON p.id = c.subject_id
              WHERE c.kind = {kind} AND c.closed_at IS NULL AND c.state = {ringing}
                AND (c.organisation_id = ANY({centres}) OR c.joined && {centres}) AND c.number <> ALL({listed})
              ORDER BY c.id LIMIT {most}"
        ))
        .await?;
    let count = rows.first().map_or(0, |row| u64::try_from(row.total).unwrap_or_default());
    let to_view = |row: RingingRow| RingingCall {
        name: caller_name(tx, row.subject_id, row.known, row.name_sealed.as_deref()),
        number: row.number,
        known: row.known,
    };
    Ok(Elsewhere { count, first: rows.into_iter().map(to_view).collect() })
}

async fn rows(tx: &Tx, actor: &Actor, here: &[OrganisationId], filter: &BoardFilter) -> Result<Vec<CallRow>> {
    let after = filter.after.as_deref().unwrap_or_default();
    let (was_ringing, after) = after.strip_prefix(RINGING_PREFIX).map_or((false, after), |rest| (true, rest));
    let (narrowed, order, beyond) = match filter.view {
        BoardView::Open => ("c.closed_at IS NULL", "c.state <> $5, c.id", "(c.state <> $5, c.id) > (NOT $6::bool, $2)"),
        BoardView::Ringing => ("c.closed_at IS NULL AND c.state = $5", "c.id", "c.id > $2"),
        BoardView::Mine => ("c.closed_at IS NULL AND c.assignee_id = $3", "c.id", "c.id > $2"),
        BoardView::Ended => (
            "c.closed_at IS NOT NULL AND ($4::text IS NOT NULL OR c.closed_at > huimin_now() - interval '1 day')",
            "c.id DESC",
            "c.id < $2",
        ),
    };
    let statement = format!(
        "SELECT c.id, c.number, c.state, c.version, c.organisation_id, c.assignee_id, huimin_staff_name(c.assignee_id) AS assignee,
             k.known, k.raised_at, k.step, k.round, k.next_step_at, k.fine_at IS NOT NULL AS fine,
             c.subject_id, p.name_sealed, y.key_sealed, f.sealed AS profile_sealed,
             (SELECT count(*) FROM care_press s WHERE s.case_id = c.id) AS presses,
             coalesce(o.goes, '{{}}') AS goes, coalesce(o.there, 0) AS there, coalesce(o.asked, 0) AS asked
           FROM cases c JOIN care_call k ON k.case_id = c.id
           LEFT JOIN person p ON p.id = c.subject_id
           LEFT JOIN person_key y ON y.person_id = c.subject_id
           LEFT JOIN care_profile f ON f.person_id = c.subject_id AND k.known
           LEFT JOIN LATERAL (
               SELECT array_agg(coalesce(huimin_staff_name(o.responder_id), '') ORDER BY o.accepted_at)
                          FILTER (WHERE o.accepted_at IS NOT NULL) AS goes,
                      count(o.arrived_at) AS there,
                      count(*) FILTER (WHERE o.accepted_at IS NULL AND o.declined_at IS NULL) AS asked
                 FROM care_offer o WHERE o.case_id = c.id AND o.withdrawn_at IS NULL) o ON true
          WHERE c.kind = '{}' AND (c.organisation_id = ANY($1) OR c.joined && $1) AND {narrowed}
            AND ($4::text IS NULL OR c.number ILIKE $4) AND ($2::uuid IS NULL OR {beyond}) AND ($3::uuid IS NOT NULL) AND ($5 <> '')
            AND ($6::bool IS NOT NULL)
          ORDER BY {order} LIMIT {}",
        SOS.kind,
        paging::limit_plus_one(PAGE_ROWS)
    );
    let values: [Value; 6] = [
        here.to_vec().into(),
        after.parse::<CaseId>().ok().into(),
        actor.account.into(),
        filter.text.as_deref().and_then(like_prefix).into(),
        RINGING.0.into(),
        was_ringing.into(),
    ];
    tx.all(&statement, values).await
}

/// A row with the name and the address of the person, as far as they can be opened: a broken seal must not hide a call.
fn to_view(tx: &Tx, row: CallRow, actor: &Actor) -> BoardRow {
    let name = caller_name(tx, row.subject_id, row.known, row.name_sealed.as_deref());
    let key = row.key_sealed.as_deref().and_then(|sealed| tx.vault.person_key(row.subject_id, sealed).ok());
    let profile: Option<Profile> =
        key.zip(row.profile_sealed).and_then(|(key, sealed)| key.open_json("care_profile", row.subject_id, &sealed).ok());
    BoardRow {
        number: row.number,
        state: row.state,
        version: row.version,
        organisation: row.organisation_id,
        raised_at: row.raised_at.timestamp(),
        presses: to_count(row.presses),
        name,
        known: row.known,
        address: profile.map(|p| short_address(&p.address)).filter(|a| !a.is_empty()),
        fine: row.fine,
        step: to_count(row.step) + 1,
        round: to_count(row.round),
        next_step_at: row.next_step_at.map(DbInstant::timestamp),
        holder: Holder::of(row.assignee_id, row.assignee, actor.account),
        goes: row.goes,
        there: to_count(row.there),
        asked: to_count(row.asked),
    }
}

/// A stored count as an unsigned number; a negative one is 0.
pub(crate) fn to_count(n: impl Into<i64>) -> u32 {
    u32::try_from(n.into()).unwrap_or_default()
}

async fn counts(tx: &Tx, actor: &Actor, here: &[OrganisationId]) -> Result<BoardCounts> {
    let (centres, account, kind) = (here.to_vec(), actor.account, SOS.kind);
    let (ringing, sent) = (CallState::Ringing, vec![CallState::Dispatched, CallState::OnScene]);
    let found: Option<(i64, i64, i64, i64)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "SELECT count(*), count(*) FILTER (WHERE state = {ringing}), count(*) FILTER (WHERE assignee_id = {account}),
                 count(*) FILTER (WHERE state = ANY({sent}))
               FROM cases WHERE kind = {kind} AND closed_at IS NULL AND (organisation_id = ANY({centres}) OR joined && {centres})"
        ))
        .await?;
    let whole = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(found.map_or_else(BoardCounts::default, |(open, ringing, mine, sent)| BoardCounts {
        open: whole(open),
        ringing: whole(ringing),
        mine: whole(mine),
        sent: whole(sent),
    }))
}

/// The centres with their names.
pub(crate) async fn desks(tx: &Tx, centres: &[OrganisationId]) -> Result<Vec<Desk>> {
    let rows = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(centres.iter().copied()))
        .order_by_asc(organisation::Column::Code)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|o| Desk { organisation: o.id, name_zh: o.name_zh, name_en: o.name_en }).collect())
}

/// The members of these centres who are on duty, each once in their highest role.
async fn on_duty(tx: &Tx, actor: &Actor, here: &[OrganisationId]) -> Result<Vec<OnDuty>> {
    let centres = here.to_vec();
    // The alphabetical order of the codes is the order of the roles: the first is the highest.
    let rows: Vec<(AccountId, String, Option<String>)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "WITH staff AS (SELECT account_id, min(role) AS role FROM membership
                             WHERE organisation_id = ANY({centres}) AND ended_at IS NULL GROUP BY account_id)
             SELECT s.account_id, s.role, huimin_staff_name(s.account_id) AS name
               FROM staff s JOIN huimin_duty_of(ARRAY(SELECT account_id FROM staff)) AS d (account_id) USING (account_id)
              ORDER BY s.role, name, s.account_id"
        ))
        .await?;
    // A role that only a newer version of the program knows is left out.
    let to_view = |(account, role, name): (AccountId, String, Option<String>)| {
        Some(OnDuty { name: name.unwrap_or_default(), role: Role::parse(&role)?, me: Some(account) == actor.account })
    };
    Ok(rows.into_iter().filter_map(to_view).collect())
}

/// The background processes without a recent heartbeat.
async fn silent_sources(tx: &Tx, now: jiff::Timestamp) -> Result<Vec<HeartbeatSource>> {
    let known = HeartbeatSource::ALL.iter().copied();
    let beats = care_heartbeat::Entity::find().filter(care_heartbeat::Column::Name.is_in(known)).all(tx).await?;
    let last = |source: HeartbeatSource| beats.iter().find(|b| b.name == source).map(|b| b.at.timestamp());
    Ok(HeartbeatSource::ALL.iter().copied().filter(|source| HeartbeatSource::is_silent(last(*source), now)).collect())
}
