//! Asking responders to go (派单): several at once; the first to accept goes.

use super::suggest::suggest;
use crate::care::{
    entity::care_call,
    notify::{event_facts, notify_urgent},
    response::timeouts,
};
use crate::{
    cases::{Change, Effect},
    error::Result,
    store::{Tx, new_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, raw_sql, sea_query::Expr};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    care::{actions::Dispatch, ranking::Pick},
    field,
    ids::{AccountId, CaseId, ResponderOfferId},
};
use std::collections::BTreeSet;

/// Most responders asked at once.
const ASKED_MOST: u32 = 20;

/// Asks the selected responders (`responders`: accounts) out of the suggested ones, and notifies each at once.
pub(crate) async fn dispatch(change: &Change<'_>, input: &Dispatch) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let asked = read_selection(input)?;
    let picks = select_picks(suggest(tx, change.actor, case).await?.ranking.picks, &asked)?;
    let wave = next_wave(tx, case.id).await?;
    write_offers(change, &picks, wave).await?;
    for account in &asked {
        notify_urgent(tx, case, *account, "care_offer", "/respond").await?;
    }
    care_call::Entity::update_many()
        .col_expr(care_call::Column::DispatchedAt, Expr::cust_with_values("coalesce(dispatched_at, $1)", [change.now.at]))
        .filter(care_call::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    // The deadlines of active responders stay; without any, one of those asked must accept within the progress time.
    timeouts::schedule_next_timeout(tx, case.id, None).await?;
    let facts = event_facts(&json!({ "asked": asked, "wave": wave }));
    Ok(Effect { facts, add_helpers: asked.into_iter().collect(), ..Effect::default() })
}

/// The selected accounts.
fn read_selection(input: &Dispatch) -> Result<BTreeSet<AccountId>> {
    let wrong = |kind| Problem::field(field!(Dispatch, responders), kind);
    let read = |account: &String| account.parse().map_err(|_| wrong(FieldErrorKind::NotAnOption));
    let asked = input.responders.iter().map(read).collect::<Result<BTreeSet<AccountId>, Problem>>()?;
    match u32::try_from(asked.len()).unwrap_or(u32::MAX) {
        0 => Err(wrong(FieldErrorKind::Required).into()),
        n if n > ASKED_MOST => Err(wrong(FieldErrorKind::TooMany { max: ASKED_MOST }).into()),
        _ => Ok(asked),
    }
}

/// The suggestions of the selected responders. If one of them has gone off duty or was asked by a colleague meanwhile, the
/// dispatcher has to look at the list again.
fn select_picks(picks: Vec<Pick>, asked: &BTreeSet<AccountId>) -> Result<Vec<Pick>> {
    let picks: Vec<Pick> = picks.into_iter().filter(|p| asked.contains(&p.id)).collect();
    if picks.len() == asked.len() { Ok(picks) } else { Err(Problem::field("responders", FieldErrorKind::NotAnOption).into()) }
}

/// The wave of the new offers. Responders of one wave compete for one place: while no responder of the last wave has
/// accepted, new ones join it; after that they form the next wave.
async fn next_wave(tx: &Tx, case: CaseId) -> Result<i32> {
    let found: Option<(i32, bool)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "SELECT coalesce(max(wave), 0),
                    coalesce(bool_or(accepted_at IS NOT NULL AND withdrawn_at IS NULL AND wave = last_wave), false)
               FROM (SELECT *, max(wave) OVER () AS last_wave FROM care_offer WHERE case_id = {case}) o"
        ))
        .await?;
    let (last, is_taken) = found.unwrap_or((0, false));
    Ok(if is_taken { last + 1 } else { last.max(1) })
}

/// Writes the offers as they were suggested. A responder who was released before, or was done before the call was reopened,
/// is asked again with a new offer.
async fn write_offers(change: &Change<'_>, picks: &[Pick], wave: i32) -> Result<()> {
    let ids: Vec<ResponderOfferId> = picks.iter().map(|_| new_id()).collect();
    let responders: Vec<AccountId> = picks.iter().map(|p| p.id).collect();
    // Arrays hold no nulls here: a negative number means unknown.
    let distances: Vec<f64> = picks.iter().map(|p| p.distance_m.unwrap_or(-1.0)).collect();
    let etas: Vec<i32> = picks.iter().map(|p| p.eta_s.map_or(-1, |s| i32::try_from(s).unwrap_or(i32::MAX))).collect();
    let reasons = picks.iter().map(|p| serde_json::to_string(&p.reasons)).collect::<Result<Vec<String>, _>>()?;
    let (case, dispatcher, now) = (change.case.id, change.actor.account, change.now.at);
    change
        .tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO care_offer (id, case_id, responder_id, offered_by, offered_at, distance_m, eta_s, reasons, wave)
             SELECT o.id, {case}, o.who, {dispatcher}, {now}, nullif(o.distance, -1), nullif(o.eta, -1), o.reasons::jsonb, {wave}
               FROM unnest({ids}::uuid[], {responders}::uuid[], {distances}::float8[], {etas}::int4[], {reasons}::text[])
                 AS o (id, who, distance, eta, reasons)
             ON CONFLICT (case_id, responder_id) DO UPDATE SET
                 offered_by = excluded.offered_by, offered_at = excluded.offered_at, distance_m = excluded.distance_m,
                 eta_s = excluded.eta_s, reasons = excluded.reasons, wave = excluded.wave, accepted_at = NULL, declined_at = NULL,
                 decline_reason = NULL, withdrawn_at = NULL, set_out_at = NULL, arrived_at = NULL, done_at = NULL,
                 welfare_due_at = NULL, welfare_alarm_at = NULL, due_at = NULL, withdrawn_reason = NULL"
        ))
        .await?;
    Ok(())
}
