//! What people read of cases: the page of one, by its applicant, by staff or by an auditor, and the list of one's own.

use super::{CaseRow, Lives, Request, act, allowed, clocks, find, load_unseen};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    error::{Error, Result},
    paging,
    store::{Tx, civil, moment},
    vault::{PersonKey, VaultError},
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    account::Permission,
    cases::{
        AllowedAction, CaseSummary, CaseView, ClockOp, Content, Flow, Page, Party, TimelineEntry, Viewer,
        actions::{VIEW, View},
    },
    ids::{CaseId, EventId},
};
use time::OffsetDateTime;

/// How many rows a page of one's own cases has.
const PAGE: usize = 20;

#[derive(FromQueryResult)]
struct TimelineRow {
    id: EventId,
    seq: i32,
    at: OffsetDateTime,
    action: String,
    actor_kind: String,
    actor_name: Option<String>,
    from_state: String,
    to_state: String,
    facts: String,
    sealed: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Names {
    organisation_zh: String,
    organisation_en: String,
    assignee: Option<String>,
}

/// The page of a case. That a member of staff opened it is an event of the record (调阅): one a person, case and day.
///
/// # Errors
/// [`Problem::NotFound`] when it is not there or not theirs to see; [`Problem::Forbidden`] for staff whose own affair it
/// is and who have not come as the person it is about.
pub async fn case_page(store: &Store, actor: &Actor, number: &str) -> Result<CaseView> {
    if !actor.may(Permission::WorkOnCases) {
        let tx = store.snapshot(actor).await?;
        let case = find(&tx, actor, number).await?;
        let viewer = viewer(&tx, actor, &case)?;
        return shown(&tx, actor, &case, viewer).await;
    }
    let tx = store.write(actor).await?;
    let mut case = find(&tx, actor, number).await?;
    let viewer = viewer(&tx, actor, &case)?;
    if viewer == Viewer::Staff {
        let key = format!("view-{}", tx.now().await?.today());
        let looked = Request { number, version: None, key: &key, input: &View::default() };
        act::perform_in(&tx, actor, &looked).await?;
        case = find(&tx, actor, number).await?;
    }
    let page = shown(&tx, actor, &case, viewer).await?;
    tx.commit().await?;
    Ok(page)
}

/// The record of a case for an auditor: what happened, who did it and when, never its personal content.
///
/// # Errors
/// [`Problem::Forbidden`] for others; [`Problem::NotFound`].
pub async fn audit_page(store: &Store, actor: &Actor, number: &str) -> Result<CaseView> {
    store.gate.enter(Access::Staff(Permission::ReadAudit), actor)?;
    let tx = store.snapshot(actor).await?;
    let case = load_unseen(&tx, number, "").await?;
    shown(&tx, actor, &case, Viewer::Auditor).await
}

/// A case as the person it is about sees it, for a pillar that shows more beside.
pub(crate) async fn own_view(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<CaseView> {
    let viewer = viewer(tx, actor, case)?;
    shown(tx, actor, case, viewer).await
}

/// As what the actor comes. Whoever it is about sees it as such, also if they work there.
fn viewer(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Viewer> {
    // A family member's mandate does not reach a firm.
    if actor.acting_for.is_some() && !Lives::of(tx)?.life(&case.kind)?.by_mandate {
        return Err(Problem::NotFound.into());
    }
    if tx.gate.is_party(Party::Applicant, actor, case.of()) {
        return Ok(if actor.acting_for.is_some() { Viewer::Delegate } else { Viewer::Applicant });
    }
    if tx.gate.is_party(Party::Staff(Permission::WorkOnCases), actor, case.of()) {
        return Ok(Viewer::Staff);
    }
    Err(Problem::NotFound.into())
}

/// The record of a case as this reader may know it, who has been found to be one: at most six statements.
pub(crate) async fn shown(tx: &Tx, actor: &Actor, case: &CaseRow, viewer: Viewer) -> Result<CaseView> {
    let flow = case.flow(tx)?;
    let names: Names = tx
        .one(
            "SELECT name_zh AS organisation_zh, name_en AS organisation_en, huimin_staff_name($2) AS assignee
             FROM organisation WHERE id = $1",
            [case.organisation_id.into(), case.assignee_id.into()],
        )
        .await?
        .ok_or_else(|| Error::Broken("a case without an organisation".to_owned()))?;
    let allowed = match viewer {
        Viewer::Auditor => Vec::new(),
        _ => allowed(tx, actor, case).await?.into_iter().filter(|s| s.action != VIEW).map(AllowedAction::of).collect(),
    };
    Ok(CaseView {
        number: case.number.clone(),
        kind: case.kind.clone(),
        title_zh: case.title_zh.clone(),
        title_en: case.title_en.clone(),
        organisation: case.organisation_id,
        organisation_zh: names.organisation_zh,
        organisation_en: names.organisation_en,
        state: case.state.clone(),
        version: case.version,
        opened_at: moment(case.opened_at),
        changed_at: moment(case.changed_at),
        closed: case.closed_at.is_some(),
        assignee_name: names.assignee,
        assigned_to_me: case.assignee_id.is_some() && case.assignee_id == actor.account,
        clocks: clocks::standing(tx, case.id, tx.now().await?.today()).await?,
        timeline: timeline(tx, flow, case, viewer).await?,
        allowed,
        viewer,
    })
}

/// What happened, as this reader may know it: at most two statements.
async fn timeline(tx: &Tx, flow: &Flow, case: &CaseRow, viewer: Viewer) -> Result<Vec<TimelineEntry>> {
    let rows: Vec<TimelineRow> = tx
        .all(
            "SELECT id, seq, at, action, actor_kind, from_state, to_state, facts, sealed,
                 CASE WHEN actor_kind NOT IN ('applicant', 'delegate', 'system') THEN huimin_staff_name(actor_id) END AS actor_name
             FROM event WHERE case_id = $1 ORDER BY seq",
            [case.id.into()],
        )
        .await?;
    let outside = matches!(viewer, Viewer::Applicant | Viewer::Delegate);
    let rows: Vec<(bool, TimelineRow)> = rows
        .into_iter()
        .map(|row| (flow.is_internal(&row.from_state, &row.action), row))
        .filter(|(internal, _)| !(outside && *internal))
        .collect();
    let sealed = rows.iter().any(|(_, row)| !row.sealed.is_empty());
    let key = match viewer {
        Viewer::Auditor => Opener::Never,
        _ if !sealed => Opener::Never,
        _ => match tx.person_key(case.subject_id).await {
            Ok(key) => Opener::Key(Box::new(key)),
            Err(Error::Vault(VaultError::Erased)) => Opener::Gone,
            Err(other) => return Err(other),
        },
    };
    rows.into_iter().map(|(internal, row)| row.read(internal, &key)).collect()
}

/// What opens the content of the events.
enum Opener {
    Key(Box<PersonKey>),
    /// The person was erased.
    Gone,
    Never,
}

impl TimelineRow {
    fn read(self, internal: bool, opener: &Opener) -> Result<TimelineEntry> {
        let content = match opener {
            _ if self.sealed.is_empty() => Content::Nothing,
            Opener::Key(key) => Content::Open(key.open_json("event.sealed", self.id, &self.sealed)?),
            Opener::Gone => Content::Erased,
            Opener::Never => Content::Withheld,
        };
        Ok(TimelineEntry {
            seq: self.seq,
            at: moment(self.at),
            action: self.action,
            actor_kind: self.actor_kind,
            actor_name: self.actor_name,
            from_state: self.from_state,
            to_state: self.to_state,
            facts: serde_json::from_str(&self.facts)?,
            content,
            internal,
        })
    }
}

/// The cases of the person the actor acts as, the newest first. `after`: [`Page::next`] of the page before.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn my_cases(store: &Store, actor: &Actor, after: Option<&str>) -> Result<Page<CaseSummary>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CaseId,
        number: String,
        kind: String,
        title_zh: String,
        title_en: String,
        state: String,
        opened_at: OffsetDateTime,
        changed_at: OffsetDateTime,
        closed: bool,
        due_on: Option<time::Date>,
    }
    let subject = actor.subject()?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let lives = Lives::of(&tx)?;
    let hidden: Vec<String> =
        lives.0.iter().filter(|l| actor.acting_for.is_some() && !l.by_mandate).map(|l| l.flow.kind.to_owned()).collect();
    let mut rows: Vec<Row> = tx
        .all(
            "SELECT id, number, kind, title_zh, title_en, state, opened_at, changed_at, closed_at IS NOT NULL AS closed, due_on
             FROM cases WHERE subject_id = $1 AND ($2::uuid IS NULL OR id < $2) AND kind <> ALL($4)
             ORDER BY id DESC LIMIT $3",
            [subject.into(), after.into(), paging::limit_plus_one(PAGE).into(), hidden.into()],
        )
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.id.to_string());
    let rows = rows
        .into_iter()
        .map(|r| CaseSummary {
            waits_for_you: lives.life(&r.kind).is_ok_and(|life| waits_for_applicant(life.flow, &r.state)),
            number: r.number,
            kind: r.kind,
            title_zh: r.title_zh,
            title_en: r.title_en,
            state: r.state,
            opened_at: moment(r.opened_at),
            changed_at: moment(r.changed_at),
            closed: r.closed,
            due_on: r.due_on.map(civil),
        })
        .collect();
    Ok(Page { rows, next })
}

/// Whether a clock stands still in this state until the applicant acts.
fn waits_for_applicant(flow: &Flow, state: &str) -> bool {
    flow.from(state).any(|s| s.by == Party::Applicant && s.clocks.iter().any(|op| matches!(op, ClockOp::Resume(_))))
}
