//! Asking responders to go (派单): several at once, the first to accept goes.

use crate::care::{dispatch::suggest::suggest, response::timeouts};
use crate::{
    cases::{CaseRow, Change, Effect},
    error::Result,
    notices,
    store::{Tx, new_id},
};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use shared::{
    Complaint, Problem,
    care::ranking::Pick,
    ids::{AccountId, CaseId, ResponderOfferId},
};
use shared::{care::actions::Dispatch, field};
use std::collections::BTreeSet;

/// Most responders asked at once.
const MOST: u32 = 20;

/// The event's open facts.
pub(crate) fn facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// What a notice about this call leads to.
pub(crate) fn leads_to(case: &CaseRow, path: &str) -> Value {
    json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en, "path": path })
}

/// Asks those who are ticked (`responders`: accounts) out of those who may be sent. Each is told at once.
pub(crate) async fn dispatch(change: &Change<'_>, input: &Dispatch) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let asked = asked(input)?;
    let picks = picked(suggest(tx, change.actor, case).await?.ranking.picks, &asked)?;
    let waves = waves(tx, case.id).await?;
    // Whoever is asked while nobody has accepted is asked for the same place; once somebody goes, for another.
    let wave = if waves.taken { waves.last + 1 } else { waves.last.max(1) };
    offer(change, &picks, wave).await?;
    for account in &asked {
        notices::notify_urgent(tx, *account, Some(case.id), "care_offer", leads_to(case, "/respond")).await?;
    }
    tx.run(
        "UPDATE care_call SET dispatched_at = coalesce(dispatched_at, $2) WHERE case_id = $1",
        [case.id.into(), change.now.at.into()],
    )
    .await?;
    // Whoever goes already is waited for no longer than before; nobody yet: then one of these must say so in time.
    timeouts::wait_for_them(tx, case.id, None).await?;
    Ok(Effect {
        facts: facts(&json!({ "asked": asked, "wave": wave })),
        add_helpers: asked.into_iter().collect(),
        ..Effect::default()
    })
}

/// The accounts that are ticked.
fn asked(input: &Dispatch) -> Result<BTreeSet<AccountId>> {
    let wrong = |complaint| Problem::field(field!(Dispatch, responders), complaint);
    let read = |account: &String| account.parse().map_err(|_| wrong(Complaint::NotAnOption));
    let asked = input.responders.iter().map(read).collect::<Result<BTreeSet<AccountId>, Problem>>()?;
    match u32::try_from(asked.len()).unwrap_or(u32::MAX) {
        0 => Err(wrong(Complaint::Required).into()),
        n if n > MOST => Err(wrong(Complaint::TooMany { max: MOST }).into()),
        _ => Ok(asked),
    }
}

/// The suggestions of those who are ticked. Who went off duty or was asked by a colleague meanwhile is not asked: the
/// list is to be looked at again.
fn picked(picks: Vec<Pick>, asked: &BTreeSet<AccountId>) -> Result<Vec<Pick>> {
    let picks: Vec<Pick> = picks.into_iter().filter(|p| asked.contains(&p.id)).collect();
    if picks.len() == asked.len() { Ok(picks) } else { Err(Problem::field("responders", Complaint::NotAnOption).into()) }
}

#[derive(FromQueryResult)]
struct Waves {
    last: i32,
    /// Somebody of the last one goes.
    taken: bool,
}

async fn waves(tx: &Tx, case: CaseId) -> Result<Waves> {
    let found: Option<Waves> = tx
        .one(
            "SELECT coalesce(max(wave), 0) AS last,
                    coalesce(bool_or(accepted_at IS NOT NULL AND withdrawn_at IS NULL AND wave = last_wave), false) AS taken
               FROM (SELECT *, max(wave) OVER () AS last_wave FROM care_offer WHERE case_id = $1) o",
            [case.into()],
        )
        .await?;
    Ok(found.unwrap_or(Waves { last: 0, taken: false }))
}

/// Writes the offers as they were shown. Who was let go before, or was done before the call was opened again, is asked
/// anew.
async fn offer(change: &Change<'_>, picks: &[Pick], wave: i32) -> Result<()> {
    let ids: Vec<ResponderOfferId> = picks.iter().map(|_| new_id()).collect();
    let who: Vec<AccountId> = picks.iter().map(|p| p.id).collect();
    // Arrays hold no nulls here: what is not known goes as a negative number.
    let distances: Vec<f64> = picks.iter().map(|p| p.distance_m.unwrap_or(-1.0)).collect();
    let etas: Vec<i32> = picks.iter().map(|p| p.eta_s.map_or(-1, |s| i32::try_from(s).unwrap_or(i32::MAX))).collect();
    let reasons = picks.iter().map(|p| serde_json::to_string(&p.reasons)).collect::<Result<Vec<String>, _>>()?;
    change
        .tx
        .run(
            "INSERT INTO care_offer (id, case_id, responder_id, offered_by, offered_at, distance_m, eta_s, reasons, wave)
             SELECT o.id, $1, o.who, $2, $3, nullif(o.distance, -1), nullif(o.eta, -1), o.reasons::jsonb, $4
               FROM unnest($5::uuid[], $6::uuid[], $7::float8[], $8::int4[], $9::text[]) AS o (id, who, distance, eta, reasons)
             ON CONFLICT (case_id, responder_id) DO UPDATE SET
                 offered_by = excluded.offered_by, offered_at = excluded.offered_at, distance_m = excluded.distance_m,
                 eta_s = excluded.eta_s, reasons = excluded.reasons, wave = excluded.wave, accepted_at = NULL, declined_at = NULL,
                 decline_reason = NULL, withdrawn_at = NULL, set_out_at = NULL, arrived_at = NULL, done_at = NULL,
                 welfare_due_at = NULL, welfare_alarm_at = NULL, due_at = NULL, withdrawn_for = NULL",
            [
                change.case.id.into(),
                change.actor.account.into(),
                change.now.at.into(),
                wave.into(),
                ids.into(),
                who.into(),
                distances.into(),
                etas.into(),
                reasons.into(),
            ],
        )
        .await?;
    Ok(())
}
