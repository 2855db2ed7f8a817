//! One escalation step of one call: its recipients, the rows it writes, and the due time of the next step.

use super::{
    alert::NewAlert,
    due_call::DueCall,
    targets::{Reachable, Recipient},
};
use crate::care::people::centre::CITY_DESK;
use crate::{
    cases::Effect,
    error::{Error, Result},
    store::Tx,
};
use sea_orm::raw_sql;
use serde_json::json;
use shared::{
    care::escalation::{LATE_SECONDS, PolicyPosition, PolicyStep, Target, choose_step},
    ids::{AccountId, CaseId, OrganisationId},
};
use time::OffsetDateTime;

/// Rows to write for the steps of a batch.
#[derive(Default)]
pub(super) struct StepWrites {
    /// New rows of `care_alert`.
    pub(super) alerts: Vec<NewAlert>,
    /// Changes to `care_call`.
    pub(super) timers: StepTimers,
}

/// The next step of each call and when it is due, column by column.
#[derive(Default)]
pub(super) struct StepTimers {
    cases: Vec<CaseId>,
    steps: Vec<i32>,
    rounds: Vec<i32>,
    due_at: Vec<OffsetDateTime>,
}

impl StepTimers {
    fn push(&mut self, case: CaseId, next: PolicyPosition, due_at: OffsetDateTime) {
        let (step, round) = next.stored();
        self.cases.push(case);
        self.steps.push(step);
        self.rounds.push(round);
        self.due_at.push(due_at);
    }

    /// Writes them in one statement.
    pub(super) async fn write(self, tx: &Tx) -> Result<()> {
        let Self { cases, steps, rounds, due_at } = self;
        if cases.is_empty() {
            return Ok(());
        }
        tx.execute_sql(raw_sql!(
            Postgres,
            "UPDATE care_call k SET step = n.step, round = n.round, next_step_at = n.at
               FROM unnest({cases}::uuid[], {steps}::int4[], {rounds}::int4[], {due_at}::timestamptz[]) AS n (id, step, round, at)
              WHERE k.case_id = n.id"
        ))
        .await?;
        Ok(())
    }
}

/// Takes the step of a ringing call: the one that is due, or the first after it that reaches anyone.
pub(super) fn advance(
    call: &DueCall,
    now: OffsetDateTime,
    policy: &[PolicyStep],
    reachable: &Reachable,
    writes: &mut StepWrites,
) -> Result<Effect> {
    let scope = call.scope();
    let recipients_of =
        |step: &PolicyStep| -> Vec<Recipient> { step.targets.iter().flat_map(|t| reachable.recipients(*t, scope)).collect() };
    let chosen = choose_step(policy.len(), call.position(), |i| policy.get(i).is_some_and(|s| !recipients_of(s).is_empty()));
    let missing = || Error::Broken(format!("no step {} in a policy of {}", chosen.position.step, policy.len()));
    let step = policy.get(chosen.position.step).ok_or_else(missing)?;
    let recipients = without_duplicates(recipients_of(step));
    let reached = recipients.iter().filter(|r| r.account.is_some() || r.contact.is_some()).count();
    let mut facts = serde_json::Map::new();
    facts.insert("step".to_owned(), json!(chosen.position.step + 1));
    facts.insert("round".to_owned(), json!(chosen.position.round.saturating_add(1)));
    facts.insert("targets".to_owned(), json!(step.targets));
    facts.insert("reached".to_owned(), json!(reached));
    if !chosen.skipped.is_empty() {
        facts.insert("skipped".to_owned(), json!(chosen.skipped.iter().map(|s| s + 1).collect::<Vec<_>>()));
    }
    let (stored_step, stored_round) = chosen.position.stored();
    writes.alerts.extend(recipients.iter().map(|recipient| NewAlert {
        case: call.case.id,
        number: call.case.number.clone(),
        title_zh: call.case.title_zh.clone(),
        title_en: call.case.title_en.clone(),
        round: stored_round,
        step: stored_step,
        recipient: *recipient,
        due_at: call.next_step_at,
    }));
    // A step that is only a little late does not delay the steps after it.
    let is_on_time = call.lateness(now) <= time::Duration::seconds(LATE_SECONDS.into());
    let counted_from = if is_on_time { call.next_step_at } else { now };
    writes.timers.push(call.case.id, chosen.next, counted_from + time::Duration::seconds(step.delay_seconds.into()));
    Ok(Effect { facts, add_organisations: joining_centres(call, step), add_helpers: helpers(&recipients), ..Effect::default() })
}

/// One entry per account: an account that is a recipient of several targets is alerted once.
fn without_duplicates(all: Vec<Recipient>) -> Vec<Recipient> {
    let mut recipients: Vec<Recipient> = Vec::new();
    for one in all {
        if one.account.is_none() || !recipients.iter().any(|r| r.account == one.account) {
            recipients.push(one);
        }
    }
    recipients
}

/// The centres that join the call with this step.
fn joining_centres(call: &DueCall, step: &PolicyStep) -> Vec<OrganisationId> {
    let mut centres = Vec::new();
    if step.targets.contains(&Target::Neighbour) {
        centres.extend(call.neighbour_id);
    }
    if step.targets.contains(&Target::CityDesk) {
        centres.push(CITY_DESK);
    }
    centres.retain(|c| *c != call.case.organisation_id && !call.case.joined.contains(c));
    centres
}

/// The accounts that become helpers of the call. Dispatchers see it without that.
fn helpers(recipients: &[Recipient]) -> Vec<AccountId> {
    recipients.iter().filter(|r| !r.target.is_desk()).filter_map(|r| r.account).collect()
}
