//! The record of one call for its dispatchers: finding it, logging that it was viewed, and its care side.

use crate::{
    access::actor::Actor,
    cases::{self, CaseRow, Request, perform_in},
    error::{Error, Result},
    store::{DbInstant, Tx},
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    Problem,
    account::Permission::AnswerCalls,
    care::life::SOS,
    cases::{Party, actions::View},
    ids::CaseId,
};

/// A dispatcher of the call's own centre or of one that joined it.
const DISPATCHER: Party = Party::Joined(AnswerCalls);

/// A call that the actor answers for.
pub(super) async fn find(tx: &Tx, actor: &Actor, number: &str) -> Result<CaseRow> {
    let case = cases::find(tx, actor, number).await?;
    let is_dispatcher = case.kind == SOS.kind && tx.gate.is_party(DISPATCHER, actor, case.of());
    if is_dispatcher { Ok(case) } else { Err(Problem::NotFound.into()) }
}

/// Logs that the record was viewed (调阅), once per key.
pub(super) async fn log_view(tx: &Tx, actor: &Actor, number: &str, key: &str, input: &View) -> Result<()> {
    perform_in(tx, actor, &Request { number, version: None, key, input }).await?;
    Ok(())
}

/// The care side of a call, its policy and its person.
#[derive(FromQueryResult)]
pub(super) struct CallRecord {
    pub(super) known: bool,
    pub(super) callback: Option<Vec<u8>>,
    pub(super) words: Option<Vec<u8>>,
    pub(super) place: Option<Vec<u8>>,
    pub(super) located_at: Option<DbInstant>,
    pub(super) raised_at: DbInstant,
    pub(super) step: i32,
    pub(super) round: i32,
    pub(super) next_step_at: Option<DbInstant>,
    pub(super) first_answered_at: Option<DbInstant>,
    pub(super) answered_at: Option<DbInstant>,
    pub(super) dispatched_at: Option<DbInstant>,
    pub(super) on_scene_at: Option<DbInstant>,
    pub(super) ended_at: Option<DbInstant>,
    pub(super) fine_at: Option<DbInstant>,
    /// How many steps the policy has.
    pub(super) steps: i32,
    /// The number of the call it was merged into.
    pub(super) merged_into: Option<String>,
    /// The numbers of the calls merged into it.
    pub(super) merged: Vec<String>,
    pub(super) name_sealed: Option<Vec<u8>>,
    pub(super) resident_id_sealed: Option<Vec<u8>>,
    pub(super) profile_sealed: Option<Vec<u8>>,
    /// Whether the reader is on duty.
    pub(super) on_duty: bool,
}

impl CallRecord {
    /// Loads it in one statement.
    pub(super) async fn load(tx: &Tx, case: CaseId) -> Result<Self> {
        let found = tx.fetch_one(raw_sql!(
            Postgres,
            "SELECT k.known, k.callback, k.words, k.place, k.located_at, k.raised_at, k.step, k.round, k.next_step_at, k.first_answered_at,
                 k.answered_at, k.dispatched_at, k.on_scene_at, k.ended_at, k.fine_at, jsonb_array_length(y.steps) AS steps,
                 (SELECT i.number FROM cases i WHERE i.id = k.merged_into) AS merged_into,
                 ARRAY(SELECT m.number FROM care_call o JOIN cases m ON m.id = o.case_id WHERE o.merged_into = k.case_id ORDER BY m.id) AS merged,
                 p.name_sealed, p.resident_id_sealed, f.sealed AS profile_sealed, huimin_on_duty(huimin_actor()) AS on_duty
               FROM care_call k JOIN cases c ON c.id = k.case_id JOIN care_policy y ON y.id = k.policy_id
               LEFT JOIN person p ON p.id = c.subject_id
               LEFT JOIN care_profile f ON f.person_id = c.subject_id AND k.known
              WHERE k.case_id = {case}"
        ));
        found.await?.ok_or_else(|| Error::Broken("a call without its care side".into()))
    }
}
