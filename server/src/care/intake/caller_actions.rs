//! What belongs to what a caller does with an open call: presses again, says where they are, tells more, takes it back,
//! says that they are well. Personal content is sealed under the key of the person it is for; of somebody who was
//! erased meanwhile nothing is kept.

use crate::{
    cases::{Change, Effect},
    error::{Error, Result},
    store::Tx,
    vault::{PersonKey, VaultError},
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::care::actions::{CancelPress, PressAgain, SayFine, TellMore};
use shared::{
    care::{geo::Fix, press::WORDS_MOST},
    ids::PersonId,
};
use time::OffsetDateTime;

/// Most characters of all that a caller writes in one call: eight messages.
const ALL_WORDS_MOST: usize = 8 * WORDS_MOST;

/// A moment as the store keeps it.
pub(crate) fn stored_moment(at: jiff::Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The key of a person; none of somebody who was erased.
pub(crate) async fn key_of(tx: &Tx, person: PersonId) -> Result<Option<PersonKey>> {
    match tx.person_key(person).await {
        Ok(key) => Ok(Some(key)),
        Err(Error::Vault(VaultError::Erased)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Pressed again (再次呼救): whoever had said that they are well is not.
pub(crate) async fn press_again(change: &Change<'_>, input: &PressAgain) -> Result<Effect> {
    change
        .tx
        .run("UPDATE care_call SET fine_at = NULL WHERE case_id = $1 AND fine_at IS NOT NULL", [change.case.id.into()])
        .await?;
    let facts = serde_json::to_value(input)?.as_object().cloned().unwrap_or_default();
    Ok(Effect { facts, ..Effect::default() })
}

/// Where the caller is (上报位置); what was measured before the last known place is written down, but does not replace it.
pub(crate) async fn locate(change: &Change<'_>, fix: &Fix) -> Result<Effect> {
    let Some(key) = key_of(change.tx, change.case.subject_id).await? else { return Ok(Effect::default()) };
    change
        .tx
        .run(
            "UPDATE care_call SET place = $2, placed_at = $3 WHERE case_id = $1 AND (placed_at IS NULL OR placed_at <= $3)",
            [
                change.case.id.into(),
                key.seal_json("care_call.place", change.case.id, fix)?.into(),
                stored_moment(fix.taken_at).into(),
            ],
        )
        .await?;
    let mut effect = Effect { personal: Some(serde_json::to_value(fix)?), ..Effect::default() };
    if let Some(accuracy) = fix.accuracy_m {
        effect.facts.insert("accuracy_m".to_owned(), json!(accuracy.round()));
    }
    Ok(effect)
}

/// A number to call back, or words (补充信息): a new number replaces the old one, words are added.
pub(crate) async fn tell_more(change: &Change<'_>, input: &TellMore) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Row {
        words: Option<Vec<u8>>,
    }
    let (tx, case) = (change.tx, change.case.id);
    let (number, more) = (&input.callback, &input.words);
    let Some(key) = key_of(tx, change.case.subject_id).await? else { return Ok(Effect::default()) };
    if let Some(number) = number {
        tx.run(
            "UPDATE care_call SET callback = $2, callback_index = $3 WHERE case_id = $1",
            [
                case.into(),
                key.seal("care_call.callback", case, number.as_bytes())?.into(),
                tx.vault.index("phone", number).into(),
            ],
        )
        .await?;
    }
    if let Some(more) = more {
        let row: Option<Row> = tx.one("SELECT words FROM care_call WHERE case_id = $1", [case.into()]).await?;
        let before = row.and_then(|r| r.words).map(|sealed| key.open("care_call.words", case, &sealed)).transpose()?;
        let before = before.and_then(|bytes| String::from_utf8(bytes).ok());
        let all: Vec<&str> = before.as_deref().into_iter().chain([more.as_str()]).collect();
        let all: String = all.join("\n").chars().take(ALL_WORDS_MOST).collect();
        let sealed = key.seal("care_call.words", case, all.as_bytes())?;
        tx.run("UPDATE care_call SET words = $2 WHERE case_id = $1", [case.into(), sealed.into()]).await?;
    }
    let mut facts = serde_json::Map::new();
    facts.insert("callback".to_owned(), number.is_some().into());
    let personal: Option<Value> = (number.is_some() || more.is_some()).then(|| json!({ "callback": number, "words": more }));
    Ok(Effect { facts, personal, ..Effect::default() })
}

/// Taken back within the countdown (撤销): nobody is called any more.
pub(crate) async fn cancel_press(change: &Change<'_>, _: &CancelPress) -> Result<Effect> {
    change
        .tx
        .run(
            "UPDATE care_call SET ended_at = $2, fine_at = coalesce(fine_at, $2), next_step_at = NULL WHERE case_id = $1",
            [change.case.id.into(), change.now.at.into()],
        )
        .await?;
    Ok(Effect::default())
}

/// Says later that they are well (报平安): the call goes on, until whoever answers has made sure.
pub(crate) async fn say_fine(change: &Change<'_>, _: &SayFine) -> Result<Effect> {
    change.tx.run("UPDATE care_call SET fine_at = $2 WHERE case_id = $1", [change.case.id.into(), change.now.at.into()]).await?;
    Ok(Effect::default())
}
