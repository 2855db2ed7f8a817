//! Opens a case: its row, its first clocks and its first event.

use super::{
    case_row::CaseRow,
    change::{Assign, Change, Effect},
    clocks,
    entity::case,
    number, write,
};
use crate::{
    access::actor::Actor,
    error::{Error, Result},
    store::{Now, Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use shared::{
    cases::Flow,
    ids::{OrganisationId, PersonId},
};

/// A case to be opened.
pub struct NewCase<'a> {
    /// Its kind.
    pub flow: &'static Flow,
    /// Its title in Chinese: never personal.
    pub title_zh: &'a str,
    /// Its title in English.
    pub title_en: &'a str,
    /// The person it is about.
    pub subject: PersonId,
    /// The organisation that decides it.
    pub organisation: OrganisationId,
    /// The content of the first event.
    pub effect: Effect,
}

/// Opens a case in this transaction. The caller then writes its pillar's rows, keyed by the case.
///
/// # Errors
/// [`shared::Problem::SignInFirst`]; errors of the store.
pub async fn open(tx: &Tx, actor: &Actor, opening: NewCase<'_>) -> Result<CaseRow> {
    let now = tx.now().await?;
    // A caller in an emergency need not be signed in.
    let applicant = if actor.is_caller() { actor.account } else { Some(actor.signed_in()?) };
    let flow = opening.flow;
    let assignee = match opening.effect.assign {
        Assign::To(account) => Some(account),
        Assign::Keep | Assign::Clear => None,
    };
    let mut case = CaseRow {
        id: new_id(),
        number: number::make(flow.prefix, now.today()),
        kind: flow.kind.to_owned(),
        title_zh: opening.title_zh.to_owned(),
        title_en: opening.title_en.to_owned(),
        subject_id: opening.subject,
        applicant_id: applicant,
        organisation_id: opening.organisation,
        joined: opening.effect.add_organisations.clone(),
        helpers: opening.effect.add_helpers.clone(),
        state: String::new(),
        version: 1,
        assignee_id: assignee,
        opened_at: now.at.into(),
        changed_at: now.at.into(),
        closed_at: None,
        due_on: None,
        events: 0,
        head: Vec::new(),
    };
    insert(tx, &mut case, flow, now).await?;
    clocks::apply(tx, case.id, flow.opening.clocks, &opening.effect.limits, now.today()).await?;
    let step = &flow.opening;
    let change = Change { tx, actor, case: &case, step, now };
    let event = write::append_first(&change, flow.initial.0, &opening.effect).await?;
    case::Entity::update_many()
        .set(case::ActiveModel { events: Set(1), head: Set(event.hash.clone()), ..Default::default() })
        .filter(case::Column::Id.eq(case.id))
        .exec(tx)
        .await?;
    if !step.clocks.is_empty() {
        clocks::set_due(tx, case.id).await?;
    }
    case.state = flow.initial.0.to_owned();
    case.events = 1;
    case.head.clone_from(&event.hash);
    super::notify::notify_parties(tx, &case, step, &event).await?;
    write::signal(tx, &case, &[], &event).await?;
    Ok(case)
}

/// How often another number is drawn when one is in use: with 33 million numbers for each day and kind, even a second
/// draw is rare.
const DRAWS: usize = 8;

/// Inserts the case under an unused number.
async fn insert(tx: &Tx, case: &mut CaseRow, flow: &Flow, now: Now) -> Result<()> {
    for _ in 0..DRAWS {
        let row = case::ActiveModel {
            id: Set(case.id),
            number: Set(case.number.clone()),
            kind: Set(case.kind.clone()),
            title_zh: Set(case.title_zh.clone()),
            title_en: Set(case.title_en.clone()),
            subject_id: Set(case.subject_id),
            applicant_id: Set(case.applicant_id),
            organisation_id: Set(case.organisation_id),
            state: Set(flow.initial.0.to_owned()),
            assignee_id: Set(case.assignee_id),
            opened_at: Set(case.opened_at),
            changed_at: Set(case.changed_at),
            joined: Set(case.joined.clone()),
            helpers: Set(case.helpers.clone()),
            ..Default::default()
        };
        let unused = OnConflict::column(case::Column::Number).do_nothing().to_owned();
        if case::Entity::insert(row).on_conflict(unused).exec_without_returning(tx).await? == 1 {
            return Ok(());
        }
        case.number = number::make(flow.prefix, now.today());
    }
    Err(Error::Broken("no free case number".into()))
}
