//! Opening a case: its row, its first clocks and its first event.

use super::{
    Assign, CaseRow, Change, Effect,
    act::{append, signal},
    clocks, number,
};
use crate::{
    account::actor::Actor,
    error::{Error, Result},
    notices,
    store::{Now, Tx, new_id},
};
use shared::{
    cases::Flow,
    ids::{OrganisationId, PersonId},
};

/// A case to be opened.
pub struct Opening<'a> {
    /// Its kind.
    pub flow: &'static Flow,
    /// What it is about, in Chinese: never personal.
    pub title_zh: &'a str,
    /// The same in English.
    pub title_en: &'a str,
    /// The person it is about.
    pub subject: PersonId,
    /// The organisation that decides it.
    pub organisation: OrganisationId,
    /// What the first event carries.
    pub effect: Effect,
}

/// Opens a case in this transaction. The caller then writes its pillar's rows, keyed by the case.
///
/// # Errors
/// [`shared::Problem::SignInFirst`]; what the store says.
pub async fn open(tx: &Tx, actor: &Actor, opening: Opening<'_>) -> Result<CaseRow> {
    let now = tx.now().await?;
    // Whoever calls for help need not be anybody we know.
    let applicant = if actor.is_caller() { actor.account } else { Some(actor.signed_in()?) };
    let flow = opening.flow;
    let assignee = if let Assign::To(account) = opening.effect.assign { Some(account) } else { None };
    let mut case = CaseRow {
        id: new_id(),
        number: number::make(flow.prefix, now.today()),
        kind: flow.kind.to_owned(),
        title_zh: opening.title_zh.to_owned(),
        title_en: opening.title_en.to_owned(),
        subject_id: opening.subject,
        applicant_id: applicant,
        organisation_id: opening.organisation,
        joined: opening.effect.join.clone(),
        helpers: opening.effect.call.clone(),
        state: String::new(),
        version: 1,
        assignee_id: assignee,
        opened_at: now.at,
        changed_at: now.at,
        closed_at: None,
        due_on: None,
        events: 0,
        head: Vec::new(),
    };
    insert(tx, &mut case, flow, now).await?;
    clocks::apply(tx, case.id, flow.opening.clocks, &opening.effect.limits, now.today()).await?;
    let step = &flow.opening;
    let change = Change { tx, actor, case: &case, step, now };
    let event = append(&change, flow.initial.0, &opening.effect).await?;
    tx.run("UPDATE cases SET events = 1, head = $2 WHERE id = $1", [case.id.into(), event.hash.clone().into()]).await?;
    if !step.clocks.is_empty() {
        clocks::set_due(tx, case.id).await?;
    }
    case.state = flow.initial.0.to_owned();
    case.events = 1;
    case.head.clone_from(&event.hash);
    notices::from_event(tx, &case, step, &event).await?;
    signal(tx, &case, &[], &event).await?;
    Ok(case)
}

/// How often a number that is taken is drawn anew: 33 million a day and kind make even the second draw rare.
const DRAWS: usize = 8;

/// Writes the case under a number that is free.
async fn insert(tx: &Tx, case: &mut CaseRow, flow: &Flow, now: Now) -> Result<()> {
    for _ in 0..DRAWS {
        let written = tx
            .run(
                "INSERT INTO cases (id, number, kind, title_zh, title_en, subject_id, applicant_id, organisation_id, state,
                     assignee_id, opened_at, changed_at, joined, helpers)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13) ON CONFLICT (number) DO NOTHING",
                [
                    case.id.into(),
                    case.number.clone().into(),
                    case.kind.clone().into(),
                    case.title_zh.clone().into(),
                    case.title_en.clone().into(),
                    case.subject_id.into(),
                    case.applicant_id.into(),
                    case.organisation_id.into(),
                    flow.initial.0.into(),
                    case.assignee_id.into(),
                    now.at.into(),
                    case.joined.clone().into(),
                    case.helpers.clone().into(),
                ],
            )
            .await?;
        if written == 1 {
            return Ok(());
        }
        case.number = number::make(flow.prefix, now.today());
    }
    Err(Error::Broken("no free case number".into()))
}
