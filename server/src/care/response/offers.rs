//! What whoever was asked to go says: going or not, on the way, there, well; and that the desk lets somebody go.

use crate::care::{
    dispatch::request::{facts, leads_to},
    escalation::engine,
    people::family,
    response::timeouts,
};
use crate::{
    cases::{Change, Effect},
    error::{Error, Result, sqlstate},
    notices,
    store::Tx,
};
use sea_orm::{FromQueryResult, Value as Bound};
use serde_json::json;
use shared::{
    Complaint, Problem,
    care::{
        life::{DISPATCHED, ON_SCENE},
        responder::{Decline, SET_OUT_SECONDS, WELFARE_MINUTES, arrive_within},
    },
    ids::{AccountId, CaseId, ResponderOfferId},
};
use shared::{
    care::actions::{AcceptOffer, Arrive, CheckIn, DeclineOffer, SetOut, StandDown},
    cases::action::{bounded_text, required_choice},
    field,
};

/// Overtaken: somebody else goes, nobody has to, or it was said already.
fn overtaken<T>(change: &Change<'_>) -> Result<T> {
    let case = change.case;
    Err(Problem::Conflict { number: case.number.clone(), state: case.state.clone(), version: case.version, allowed: Vec::new() }
        .into())
}

/// Changes one's own offer if it stands as `which` says. Who was never asked is told no more than that.
async fn mark(change: &Change<'_>, set: &str, which: &str, more: Option<Bound>) -> Result<()> {
    let me = change.actor.signed_in()?;
    let text =
        format!("UPDATE care_offer SET {set} WHERE case_id = $1 AND responder_id = $2 AND withdrawn_at IS NULL AND {which}");
    let values = [change.case.id.into(), me.into(), change.now.at.into()].into_iter().chain(more);
    match change.tx.run(&text, values).await? {
        0 if asked(change, me).await? => overtaken(change),
        0 => Err(Problem::Forbidden.into()),
        _ => Ok(()),
    }
}

async fn asked(change: &Change<'_>, me: AccountId) -> Result<bool> {
    let text = "SELECT FROM care_offer WHERE case_id = $1 AND responder_id = $2";
    Ok(change.tx.run(text, [change.case.id.into(), me.into()]).await? > 0)
}

/// Whether a call still concerns the signed-in account, who was called to help: it rang at them, they were asked to go and
/// neither said no nor were let go, or the person named them as a contact. Whoever need not come need not know more.
pub(crate) async fn still_helps(tx: &Tx, case: CaseId) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Row {
        helps: bool,
    }
    let row: Option<Row> = tx.one("SELECT huimin_helps($1) AS helps", [case.into()]).await?;
    Ok(row.is_some_and(|r| r.helps))
}

/// Goes (接单). Of those asked together the first goes; the others are let go and told. It is one statement, and an
/// index of the table would refuse a second one.
pub(crate) async fn accept(change: &Change<'_>, _: &AcceptOffer) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let first = "accepted_at IS NULL AND declined_at IS NULL AND NOT EXISTS (
        SELECT FROM care_offer f WHERE f.case_id = care_offer.case_id AND f.wave = care_offer.wave
                                   AND f.accepted_at IS NOT NULL AND f.withdrawn_at IS NULL)";
    // That they go is a promise: until then they set out, or it is for others.
    let set = "accepted_at = $3, due_at = $3 + make_interval(secs => $4)";
    match mark(change, set, first, Some(SET_OUT_SECONDS.into())).await {
        Err(Error::Store(error)) if sqlstate(&error).as_deref() == Some("23505") => return overtaken(change),
        done => done?,
    }
    let_others_go(change).await?;
    // Whoever goes to a call that still rings has answered it.
    tx.run(
        "UPDATE care_call SET dispatched_at = coalesce(dispatched_at, $2), answered_at = coalesce(answered_at, $2),
             first_answered_at = coalesce(first_answered_at, $2) WHERE case_id = $1",
        [case.id.into(), change.now.at.into()],
    )
    .await?;
    timeouts::wait_for_them(tx, case.id, None).await?;
    Ok(Effect { add_helpers: family::tell(change).await?, ..Effect::default() })
}

async fn let_others_go(change: &Change<'_>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct LetGo {
        responder_id: AccountId,
    }
    let (tx, case) = (change.tx, change.case);
    let others: Vec<LetGo> = tx
        .all(
            "UPDATE care_offer o SET withdrawn_at = $3
              WHERE o.case_id = $1 AND o.responder_id <> $2 AND o.accepted_at IS NULL AND o.declined_at IS NULL AND o.withdrawn_at IS NULL
                AND o.wave = (SELECT mine.wave FROM care_offer mine WHERE mine.case_id = $1 AND mine.responder_id = $2)
             RETURNING o.responder_id",
            [case.id.into(), change.actor.signed_in()?.into(), change.now.at.into()],
        )
        .await?;
    for other in others {
        notices::notify(tx, other.responder_id, Some(case.id), "care_taken", leads_to(case, "/respond")).await?;
    }
    Ok(())
}

/// Cannot go (拒单), with a reason (`reason`); also after having accepted, up to the arrival. If that leaves nobody, whoever
/// has the call is told, and the time in which something must happen runs.
pub(crate) async fn decline(change: &Change<'_>, input: &DeclineOffer) -> Result<Effect> {
    let reason: Decline = required_choice(field!(DeclineOffer, reason), &input.reason)?;
    let set =
        "declined_at = CASE WHEN accepted_at IS NULL THEN $3 END, withdrawn_at = CASE WHEN accepted_at IS NOT NULL THEN $3 END,
               decline_reason = $4";
    // Looked at and seen to first: after the no, the call is none of theirs, and the tables would show them none of it.
    let left = left(change).await?;
    let (tx, case) = (change.tx, change.case);
    if left.mine && is_sent(change) {
        // They were what was waited for.
        timeouts::wait_for_them(tx, case.id, Some(change.actor.signed_in()?)).await?;
    } else if left.going == 0 && !left.due {
        engine::progress(tx, case.id).await?;
    }
    mark(change, set, "declined_at IS NULL AND arrived_at IS NULL AND done_at IS NULL", Some(reason.code().into())).await?;
    if left.going == 0
        && left.waiting == 0
        && let Some(dispatcher) = case.assignee_id
    {
        let path = format!("/dispatch/{}", case.number);
        notices::notify(tx, dispatcher, Some(case.id), "care_nobody_goes", leads_to(case, &path)).await?;
    }
    Ok(Effect {
        facts: facts(&json!({ "reason": reason.code(), "waiting": left.waiting, "going": left.going })),
        ..Effect::default()
    })
}

#[derive(FromQueryResult)]
struct Left {
    /// Who else was asked and has not answered.
    waiting: i64,
    /// Who else goes or is there.
    going: i64,
    /// Whether they had said that they go.
    mine: bool,
    /// Whether the time in which something must happen runs already.
    due: bool,
}

async fn left(change: &Change<'_>) -> Result<Left> {
    let found: Option<Left> = change
        .tx
        .one(
            "SELECT count(*) FILTER (WHERE accepted_at IS NULL AND declined_at IS NULL) AS waiting,
                    count(*) FILTER (WHERE accepted_at IS NOT NULL AND done_at IS NULL) AS going,
                    EXISTS (SELECT FROM care_offer m WHERE m.case_id = $1 AND m.responder_id = $2 AND m.accepted_at IS NOT NULL
                               AND m.withdrawn_at IS NULL) AS mine,
                    EXISTS (SELECT FROM care_call WHERE case_id = $1 AND next_step_at IS NOT NULL) AS due
               FROM care_offer WHERE case_id = $1 AND withdrawn_at IS NULL AND responder_id <> $2",
            [change.case.id.into(), change.actor.signed_in()?.into()],
        )
        .await?;
    found.ok_or_else(|| Error::Broken("no answer to a count".to_owned()))
}

/// Whether the call waits for whoever was sent; not while it rings, or is for somebody to go on with.
fn is_sent(change: &Change<'_>) -> bool {
    [DISPATCHED.0, ON_SCENE.0].contains(&change.case.state.as_str())
}

/// Is on the way (出发). From now on they must arrive.
pub(crate) async fn set_out(change: &Change<'_>, _: &SetOut) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Row {
        eta_s: Option<i32>,
    }
    let (tx, case) = (change.tx, change.case);
    let mine = "SELECT eta_s FROM care_offer WHERE case_id = $1 AND responder_id = $2";
    let mine: Option<Row> = tx.one(mine, [case.id.into(), change.actor.signed_in()?.into()]).await?;
    let within = arrive_within(mine.and_then(|m| m.eta_s));
    let which = "accepted_at IS NOT NULL AND set_out_at IS NULL AND arrived_at IS NULL";
    mark(change, "set_out_at = $3, due_at = $3 + make_interval(secs => $4)", which, Some(within.into())).await?;
    if is_sent(change) {
        timeouts::wait_for_them(tx, case.id, None).await?;
    }
    Ok(Effect::default())
}

/// Is there (到场). From now on they say every so often that they themselves are well.
pub(crate) async fn arrive(change: &Change<'_>, _: &Arrive) -> Result<Effect> {
    let set = "arrived_at = $3, due_at = NULL, welfare_due_at = $3 + make_interval(mins => $4)";
    mark(change, set, "accepted_at IS NOT NULL AND arrived_at IS NULL", Some(WELFARE_MINUTES.into())).await?;
    let (tx, case) = (change.tx, change.case);
    tx.run(
        // Whoever is there has it, also of a call that rang on for others.
        "UPDATE care_call SET on_scene_at = coalesce(on_scene_at, $2), answered_at = coalesce(answered_at, $2),
             first_answered_at = coalesce(first_answered_at, $2) WHERE case_id = $1",
        [case.id.into(), change.now.at.into()],
    )
    .await?;
    engine::rest(tx, case.id).await?;
    Ok(Effect { add_helpers: family::tell(change).await?, ..Effect::default() })
}

/// Says that they themself are well (报平安); an alarm about them is over.
pub(crate) async fn check_in(change: &Change<'_>, _: &CheckIn) -> Result<Effect> {
    let set = "welfare_due_at = $3 + make_interval(mins => $4), welfare_alarm_at = NULL";
    mark(change, set, "arrived_at IS NOT NULL AND done_at IS NULL", Some(WELFARE_MINUTES.into())).await?;
    Ok(Effect::default())
}

/// The desk lets somebody go (撤回救援员) who was asked, goes or is there (`offer`: which), with a note (`note`, may be
/// empty). If that leaves nobody, something else must happen in the time of the policy, or it rings again.
pub(crate) async fn stand_down(change: &Change<'_>, input: &StandDown) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Gone {
        responder_id: AccountId,
    }
    let (tx, case) = (change.tx, change.case);
    let offer: ResponderOfferId = required_choice(field!(StandDown, offer), &input.offer)?;
    let note = bounded_text("note", &input.note, 0, 1000)?;
    let not_an_option = || Problem::field("offer", Complaint::NotAnOption);
    let gone: Option<Gone> = tx
        .one(
            "UPDATE care_offer SET withdrawn_at = $3, withdrawn_for = 'desk', due_at = NULL, welfare_due_at = NULL, welfare_alarm_at = NULL
              WHERE case_id = $1 AND id = $2 AND declined_at IS NULL AND withdrawn_at IS NULL AND done_at IS NULL RETURNING responder_id",
            [case.id.into(), offer.into(), change.now.at.into()],
        )
        .await?;
    let Gone { responder_id } = gone.ok_or_else(not_an_option)?;
    if is_sent(change) {
        timeouts::wait_for_them(tx, case.id, None).await?;
    }
    notices::notify_urgent(tx, responder_id, Some(case.id), "care_released", leads_to(case, "/respond")).await?;
    Ok(Effect {
        facts: facts(&json!({ "responder": responder_id })),
        personal: (!note.is_empty()).then(|| json!({ "note": note })),
        ..Effect::default()
    })
}
