//! The dispatchers' board (调度台): every call of their centres and of those they were drawn into, in seven
//! statements however many there are. What rings comes first, and is told of whatever is listed.

use crate::care::caller_name;
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    cases::like_prefix,
    error::Result,
    paging,
    store::{Tx, moment},
};
use sea_orm::{FromQueryResult, Value};
use shared::{
    Problem,
    account::{
        Permission::{self, AnswerCalls},
        Role,
    },
    care::{
        board::{
            Board, BoardCounts, BoardFilter, BoardRow, BoardView, Elsewhere, Heart, Holder, OnDuty, RingingCall, short_address,
        },
        life::{DISPATCHED, ON_SCENE, RINGING, SOS},
        profile::Profile,
    },
    cases::Desk,
    ids::{AccountId, CaseId, OrganisationId, PersonId},
};
use time::OffsetDateTime;

/// How many rows a page has.
const PAGE: usize = 50;
/// How many of the calls that ring elsewhere are told of one by one.
const TOLD: i64 = 20;
/// Before the mark of a page that ended among those that ring.
const RINGS: &str = "r-";

#[derive(FromQueryResult)]
struct Row {
    id: CaseId,
    number: String,
    state: String,
    version: i32,
    organisation_id: OrganisationId,
    assignee_id: Option<AccountId>,
    assignee: Option<String>,
    known: bool,
    raised_at: OffsetDateTime,
    step: i32,
    round: i32,
    next_step_at: Option<OffsetDateTime>,
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

/// The centres whose calls the actor may see, or the one asked for among them.
///
/// # Errors
/// [`Problem::Forbidden`] for whoever does not work there.
pub(crate) fn centres(
    store: &Store,
    actor: &Actor,
    wanted: Option<OrganisationId>,
    as_who: Permission,
) -> Result<Vec<OrganisationId>> {
    store.gate.enter(Access::Staff(as_who), actor)?;
    let mine = actor.organisations_where(as_who);
    match wanted {
        None => Ok(mine),
        Some(one) if mine.contains(&one) => Ok(vec![one]),
        Some(_) => Err(Problem::Forbidden.into()),
    }
}

/// The board as it stands.
///
/// # Errors
/// [`Problem::Forbidden`] for whoever does not answer calls there.
pub async fn board(store: &Store, actor: &Actor, filter: &BoardFilter) -> Result<Board> {
    let here = centres(store, actor, filter.organisation, AnswerCalls)?;
    let all = centres(store, actor, None, AnswerCalls)?;
    let tx = store.snapshot(actor).await?;
    let now = moment(tx.now().await?.at);
    let mut found = rows(&tx, actor, &here, filter).await?;
    let next = paging::take_page(&mut found, PAGE, |row| mark(filter.view, row));
    let listed = found.iter().filter(|row| row.state == RINGING.0).map(|row| row.number.clone()).collect();
    Ok(Board {
        now,
        next,
        elsewhere: elsewhere(&tx, &all, listed).await?,
        rows: found.into_iter().map(|row| read(&tx, row, actor)).collect(),
        counts: counts(&tx, actor, &here).await?,
        centres: names(&tx, &all).await?,
        on_duty: on_duty(&tx, actor, &here).await?,
        silent: silent(&tx, now).await?,
    })
}

/// Where a page ended.
fn mark(view: BoardView, row: &Row) -> String {
    let before = if view == BoardView::Open && row.state == RINGING.0 { RINGS } else { "" };
    format!("{before}{}", row.id)
}

/// What rings at the reader and is not on the page of this call.
///
/// # Errors
/// [`Problem::Forbidden`] for whoever answers no calls.
pub async fn ringing_elsewhere(store: &Store, actor: &Actor, number: &str) -> Result<Elsewhere> {
    let all = centres(store, actor, None, AnswerCalls)?;
    elsewhere(&store.read(actor).await?, &all, vec![number.to_owned()]).await
}

async fn elsewhere(tx: &Tx, centres: &[OrganisationId], listed: Vec<String>) -> Result<Elsewhere> {
    #[derive(FromQueryResult)]
    struct Rings {
        number: String,
        subject_id: PersonId,
        known: bool,
        name_sealed: Option<Vec<u8>>,
        all_of_them: i64,
    }
    let rows: Vec<Rings> = tx
        .all(
            "SELECT c.number, c.subject_id, k.known, p.name_sealed, count(*) OVER () AS all_of_them
               FROM cases c JOIN care_call k ON k.case_id = c.id LEFT JOIN person p ON p.id = c.subject_id
              WHERE c.kind = $1 AND c.closed_at IS NULL AND c.state = $2 AND (c.organisation_id = ANY($3) OR c.joined && $3)
                AND c.number <> ALL($4)
              ORDER BY c.id LIMIT $5",
            [SOS.kind.into(), RINGING.0.into(), centres.to_vec().into(), listed.into(), TOLD.into()],
        )
        .await?;
    let count = rows.first().map_or(0, |row| u64::try_from(row.all_of_them).unwrap_or_default());
    let read = |row: Rings| RingingCall {
        name: caller_name(tx, row.subject_id, row.known, row.name_sealed.as_deref()),
        number: row.number,
        known: row.known,
    };
    Ok(Elsewhere { count, first: rows.into_iter().map(read).collect() })
}

async fn rows(tx: &Tx, actor: &Actor, here: &[OrganisationId], filter: &BoardFilter) -> Result<Vec<Row>> {
    let after = filter.after.as_deref().unwrap_or_default();
    let (rang, after) = after.strip_prefix(RINGS).map_or((false, after), |rest| (true, rest));
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
        paging::limit_plus_one(PAGE)
    );
    let values: [Value; 6] = [
        here.to_vec().into(),
        after.parse::<CaseId>().ok().into(),
        actor.account.into(),
        filter.text.as_deref().and_then(like_prefix).into(),
        RINGING.0.into(),
        rang.into(),
    ];
    tx.all(&statement, values).await
}

/// The name and the profile of somebody, as far as they open: a seal that does not must not hide a call.
fn read(tx: &Tx, row: Row, actor: &Actor) -> BoardRow {
    let name = caller_name(tx, row.subject_id, row.known, row.name_sealed.as_deref());
    let key = row.key_sealed.as_deref().and_then(|sealed| tx.vault.person_key(row.subject_id, sealed).ok());
    let profile: Option<Profile> =
        key.zip(row.profile_sealed).and_then(|(key, sealed)| key.open_json("care_profile", row.subject_id, &sealed).ok());
    BoardRow {
        number: row.number,
        state: row.state,
        version: row.version,
        organisation: row.organisation_id,
        raised_at: moment(row.raised_at),
        presses: small(row.presses),
        name,
        known: row.known,
        address: profile.map(|p| short_address(&p.address)).filter(|a| !a.is_empty()),
        fine: row.fine,
        step: small(row.step) + 1,
        round: small(row.round),
        next_step_at: row.next_step_at.map(moment),
        holder: Holder::of(row.assignee_id, row.assignee, actor.account),
        goes: row.goes,
        there: small(row.there),
        asked: small(row.asked),
    }
}

/// A count that is never negative and never large.
pub(crate) fn small(n: impl Into<i64>) -> u32 {
    u32::try_from(n.into()).unwrap_or_default()
}

async fn counts(tx: &Tx, actor: &Actor, here: &[OrganisationId]) -> Result<BoardCounts> {
    #[derive(FromQueryResult)]
    struct Count {
        open: i64,
        ringing: i64,
        mine: i64,
        sent: i64,
    }
    let found: Option<Count> = tx
        .one(
            "SELECT count(*) AS open, count(*) FILTER (WHERE state = $3) AS ringing, count(*) FILTER (WHERE assignee_id = $2) AS mine,
                 count(*) FILTER (WHERE state = ANY($4)) AS sent
               FROM cases WHERE kind = $5 AND closed_at IS NULL AND (organisation_id = ANY($1) OR joined && $1)",
            [
                here.to_vec().into(),
                actor.account.into(),
                RINGING.0.into(),
                vec![DISPATCHED.0.to_owned(), ON_SCENE.0.to_owned()].into(),
                SOS.kind.into(),
            ],
        )
        .await?;
    let whole = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(found.map_or_else(BoardCounts::default, |c| BoardCounts {
        open: whole(c.open),
        ringing: whole(c.ringing),
        mine: whole(c.mine),
        sent: whole(c.sent),
    }))
}

/// The centres with their names.
pub(crate) async fn names(tx: &Tx, centres: &[OrganisationId]) -> Result<Vec<Desk>> {
    #[derive(FromQueryResult)]
    struct Name {
        id: OrganisationId,
        name_zh: String,
        name_en: String,
    }
    let rows: Vec<Name> = tx
        .all("SELECT id, name_zh, name_en FROM organisation WHERE id = ANY($1) ORDER BY code", [centres.to_vec().into()])
        .await?;
    Ok(rows.into_iter().map(|n| Desk { organisation: n.id, name_zh: n.name_zh, name_en: n.name_en }).collect())
}

async fn on_duty(tx: &Tx, actor: &Actor, here: &[OrganisationId]) -> Result<Vec<OnDuty>> {
    #[derive(FromQueryResult)]
    struct Somebody {
        account_id: AccountId,
        role: String,
        name: Option<String>,
    }
    let rows: Vec<Somebody> = tx
        .all(
            // By the alphabet the highest role comes first.
            "WITH staff AS (SELECT account_id, min(role) AS role FROM membership
                             WHERE organisation_id = ANY($1) AND ended_at IS NULL GROUP BY account_id)
             SELECT s.account_id, s.role, huimin_staff_name(s.account_id) AS name
               FROM staff s JOIN huimin_duty_of(ARRAY(SELECT account_id FROM staff)) AS d (account_id) USING (account_id)
              ORDER BY s.role, name, s.account_id",
            [here.to_vec().into()],
        )
        .await?;
    let somebody = |r: Somebody| {
        let role = Role::parse(&r.role)?;
        let me = Some(r.account_id) == actor.account;
        Some(OnDuty { name: r.name.unwrap_or_default(), role, me })
    };
    Ok(rows.into_iter().filter_map(somebody).collect())
}

async fn silent(tx: &Tx, now: jiff::Timestamp) -> Result<Vec<Heart>> {
    #[derive(FromQueryResult)]
    struct Beat {
        name: String,
        at: OffsetDateTime,
    }
    let beats: Vec<Beat> = tx.all("SELECT name, at FROM care_heartbeat", []).await?;
    let last = |heart: Heart| beats.iter().find(|b| b.name == heart.code()).map(|b| moment(b.at));
    Ok(Heart::ALL.iter().copied().filter(|heart| Heart::is_silent(last(*heart), now)).collect())
}
