//! Views of cases: the page of one case for its applicant, for staff and for an auditor, and the list of a person's cases.

use super::{
    act::perform_in,
    case_row::{CaseRow, find, find_unchecked},
    change::Request,
    clocks,
    entity::{case, event},
    life::Lives,
    rules::allowed,
};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::{Error, Result},
    paging,
    store::{DbDate, DbInstant, Tx},
    vault::{PersonKey, VaultError},
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, prelude::Expr, raw_sql,
};
use shared::{
    Problem,
    account::Permission,
    cases::{
        AllowedAction, CaseSummary, CaseView, ClockOp, Content, Flow, Page, Party, TimelineEntry, Viewer,
        actions::{VIEW, View},
    },
    ids::{CaseId, EventId},
};

/// Rows of a page of a person's cases.
const PAGE: usize = 20;

#[derive(FromQueryResult)]
struct TimelineRow {
    id: EventId,
    seq: i32,
    at: DbInstant,
    action: String,
    actor_kind: String,
    actor_name: Option<String>,
    from_state: String,
    to_state: String,
    facts: String,
    sealed: Vec<u8>,
}

/// The page of a case. A view by a member of staff is an event of the case (调阅): one for each person, case and day.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such case or the actor may not see it; [`Problem::Forbidden`] for a member
/// of staff who has a private interest in the case, such as the applicant's delegate.
pub async fn case_page(store: &Store, actor: &Actor, number: &str) -> Result<CaseView> {
    if !actor.may(Permission::WorkOnCases) {
        let tx = store.snapshot(actor).await?;
        let case = find(&tx, actor, number).await?;
        let viewer = viewer(&tx, actor, &case)?;
        return case_view(&tx, actor, &case, viewer).await;
    }
    let tx = store.write(actor).await?;
    let mut case = find(&tx, actor, number).await?;
    let viewer = viewer(&tx, actor, &case)?;
    if viewer == Viewer::Staff {
        let key = format!("view-{}", tx.now().await?.today());
        let request = Request { number, version: None, key: &key, input: &View::default() };
        perform_in(&tx, actor, &request).await?;
        case = find(&tx, actor, number).await?;
    }
    let page = case_view(&tx, actor, &case, viewer).await?;
    tx.commit().await?;
    Ok(page)
}

/// The record of a case for an auditor: its events with actors and times, without personal content.
///
/// # Errors
/// [`Problem::Forbidden`] for others; [`Problem::NotFound`].
pub async fn audit_page(store: &Store, actor: &Actor, number: &str) -> Result<CaseView> {
    store.gate.enter(Access::Staff(Permission::ReadAudit), actor)?;
    let tx = store.snapshot(actor).await?;
    let case = find_unchecked(&tx, number).await?;
    case_view(&tx, actor, &case, Viewer::Auditor).await
}

/// A case as this actor may see it, for pages of a pillar that add their own data.
pub(crate) async fn view_for(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<CaseView> {
    let viewer = viewer(tx, actor, case)?;
    case_view(tx, actor, case, viewer).await
}

/// In which capacity the actor reads the case. An applicant who also works for the organisation reads it as the
/// applicant.
fn viewer(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Viewer> {
    // A mandate of a family member does not cover cases of a firm.
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

/// The view of a case for this kind of reader, with at most six SQL statements.
pub(crate) async fn case_view(tx: &Tx, actor: &Actor, case: &CaseRow, viewer: Viewer) -> Result<CaseView> {
    let flow = case.flow(tx)?;
    let names: Option<(String, String, Option<String>)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "SELECT name_zh, name_en, huimin_staff_name({case.assignee_id}) FROM organisation WHERE id = {case.organisation_id}"
        ))
        .await?;
    let (organisation_zh, organisation_en, assignee_name) =
        names.ok_or_else(|| Error::Broken("a case without an organisation".to_owned()))?;
    let allowed = match viewer {
        Viewer::Auditor => Vec::new(),
        Viewer::Applicant | Viewer::Delegate | Viewer::Staff => {
            allowed(tx, actor, case).await?.into_iter().filter(|s| s.action != VIEW).map(AllowedAction::of).collect()
        }
    };
    Ok(CaseView {
        number: case.number.clone(),
        kind: case.kind.clone(),
        title_zh: case.title_zh.clone(),
        title_en: case.title_en.clone(),
        organisation: case.organisation_id,
        organisation_zh,
        organisation_en,
        state: case.state.clone(),
        version: case.version,
        opened_at: case.opened_at.timestamp(),
        changed_at: case.changed_at.timestamp(),
        closed: case.closed_at.is_some(),
        assignee_name,
        assigned_to_me: case.assignee_id.is_some() && case.assignee_id == actor.account,
        clocks: clocks::clock_views(tx, case.id, tx.now().await?.today()).await?,
        timeline: timeline(tx, flow, case, viewer).await?,
        allowed,
        viewer,
    })
}

/// The events that this reader may see, with at most two SQL statements.
async fn timeline(tx: &Tx, flow: &Flow, case: &CaseRow, viewer: Viewer) -> Result<Vec<TimelineEntry>> {
    let rows: Vec<TimelineRow> = event::Entity::find()
        .select_only()
        .columns([
            event::Column::Id,
            event::Column::Seq,
            event::Column::At,
            event::Column::Action,
            event::Column::ActorKind,
            event::Column::FromState,
            event::Column::ToState,
            event::Column::Facts,
            event::Column::Sealed,
        ])
        .expr_as(
            Expr::cust("CASE WHEN actor_kind NOT IN ('applicant', 'delegate', 'system') THEN huimin_staff_name(actor_id) END"),
            "actor_name",
        )
        .filter(event::Column::CaseId.eq(case.id))
        .order_by_asc(event::Column::Seq)
        .into_model()
        .all(tx)
        .await?;
    let for_applicant = matches!(viewer, Viewer::Applicant | Viewer::Delegate);
    let rows: Vec<(bool, TimelineRow)> = rows
        .into_iter()
        .map(|row| (flow.is_internal(&row.from_state, &row.action), row))
        .filter(|(internal, _)| !(for_applicant && *internal))
        .collect();
    let sealed = rows.iter().any(|(_, row)| !row.sealed.is_empty());
    let content_key = match viewer {
        Viewer::Auditor => ContentKey::Withheld,
        Viewer::Applicant | Viewer::Delegate | Viewer::Staff if !sealed => ContentKey::Withheld,
        Viewer::Applicant | Viewer::Delegate | Viewer::Staff => match tx.person_key(case.subject_id).await {
            Ok(key) => ContentKey::Available(Box::new(key)),
            Err(Error::Vault(VaultError::Erased)) => ContentKey::Erased,
            Err(other) => return Err(other),
        },
    };
    rows.into_iter().map(|(internal, row)| row.into_view(internal, &content_key)).collect()
}

/// The key to the personal content of the events.
enum ContentKey {
    Available(Box<PersonKey>),
    /// The person was erased (已删除).
    Erased,
    /// The reader may not open it, or there is nothing to open.
    Withheld,
}

impl TimelineRow {
    fn into_view(self, internal: bool, content_key: &ContentKey) -> Result<TimelineEntry> {
        let content = match content_key {
            _ if self.sealed.is_empty() => Content::Nothing,
            ContentKey::Available(key) => Content::Open(key.open_json("event.sealed", self.id, &self.sealed)?),
            ContentKey::Erased => Content::Erased,
            ContentKey::Withheld => Content::Withheld,
        };
        Ok(TimelineEntry {
            seq: self.seq,
            at: self.at.timestamp(),
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

/// The cases of the person whom the actor acts for, the newest first. `after`: [`Page::next`] of the page before.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn my_cases(store: &Store, actor: &Actor, after: Option<&str>) -> Result<Page<CaseSummary>> {
    let subject = actor.subject()?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let lives = Lives::of(&tx)?;
    let hidden: Vec<String> =
        lives.0.iter().filter(|l| actor.acting_for.is_some() && !l.by_mandate).map(|l| l.flow.kind.to_owned()).collect();
    let mut rows = case::Entity::find()
        .filter(case::Column::SubjectId.eq(subject))
        .filter(case::Column::Kind.is_not_in(hidden))
        .apply_if(after, |select, after| select.filter(case::Column::Id.lt(after)))
        .order_by_desc(case::Column::Id)
        .limit(PAGE as u64 + 1)
        .all(&tx)
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
            opened_at: r.opened_at.timestamp(),
            changed_at: r.changed_at.timestamp(),
            closed: r.closed_at.is_some(),
            due_on: r.due_on.map(DbDate::date),
        })
        .collect();
    Ok(Page { rows, next })
}

/// Whether a clock is paused in this state until the applicant acts.
fn waits_for_applicant(flow: &Flow, state: &str) -> bool {
    flow.from(state).any(|s| s.by == Party::Applicant && s.clocks.iter().any(|op| matches!(op, ClockOp::Resume(_))))
}
