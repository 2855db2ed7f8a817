//! Handlers of the caller's actions on an open call. Personal content is sealed under the key of the person the call is
//! for; if that person was erased meanwhile, nothing is stored.

use crate::care::entity::care_call;
use crate::{
    cases::{Change, Effect},
    error::Result,
    store::DbInstant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, UpdateMany, sea_query::Expr};
use serde_json::json;
use shared::care::{
    actions::{CancelPress, PressAgain, SayFine, TellMore},
    geo::Fix,
    press::WORDS_MOST,
};

/// Most characters of all words in one call: eight messages.
const ALL_WORDS_MOST: usize = 8 * WORDS_MOST;

/// An update of the call of this change.
fn update_call(change: &Change<'_>) -> UpdateMany<care_call::Entity> {
    care_call::Entity::update_many().filter(care_call::Column::CaseId.eq(change.case.id))
}

/// Pressed again (再次呼救): a report that the caller is well no longer holds.
pub(crate) async fn press_again(change: &Change<'_>, input: &PressAgain) -> Result<Effect> {
    update_call(change)
        .set(care_call::ActiveModel { fine_at: Set(None), ..Default::default() })
        .filter(care_call::Column::FineAt.is_not_null())
        .exec(change.tx)
        .await?;
    let facts = serde_json::to_value(input)?.as_object().cloned().unwrap_or_default();
    Ok(Effect { facts, ..Effect::default() })
}

/// The caller's location (上报位置). A location measured before the last known place is an event, but does not replace it.
pub(crate) async fn locate(change: &Change<'_>, fix: &Fix) -> Result<Effect> {
    let Some(key) = change.tx.living_key(change.case.subject_id).await? else { return Ok(Effect::default()) };
    let place = key.seal_json("care_call.place", change.case.id, fix)?;
    let taken_at = DbInstant::from(fix.taken_at);
    let is_newer = Condition::any().add(care_call::Column::LocatedAt.is_null()).add(care_call::Column::LocatedAt.lte(taken_at));
    update_call(change)
        .set(care_call::ActiveModel { place: Set(Some(place)), located_at: Set(Some(taken_at)), ..Default::default() })
        .filter(is_newer)
        .exec(change.tx)
        .await?;
    let mut effect = Effect { personal: Some(serde_json::to_value(fix)?), ..Effect::default() };
    if let Some(accuracy) = fix.accuracy_m {
        effect.facts.insert("accuracy_m".to_owned(), json!(accuracy.round()));
    }
    Ok(effect)
}

/// A call-back number, or words (补充信息): a new number replaces the old one, words are appended.
pub(crate) async fn tell_more(change: &Change<'_>, input: &TellMore) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case.id);
    let (number, words) = (&input.callback, &input.words);
    let Some(key) = tx.living_key(change.case.subject_id).await? else { return Ok(Effect::default()) };
    if let Some(number) = number {
        let callback = key.seal("care_call.callback", case, number.as_bytes())?;
        let callback_index = tx.vault.index("phone", number);
        update_call(change)
            .set(care_call::ActiveModel {
                callback: Set(Some(callback)),
                callback_index: Set(Some(callback_index)),
                ..Default::default()
            })
            .exec(tx)
            .await?;
    }
    if let Some(words) = words {
        let stored: Option<Option<Vec<u8>>> =
            care_call::Entity::find_by_id(case).select_only().column(care_call::Column::Words).into_tuple().one(tx).await?;
        let before = stored.flatten().map(|sealed| key.open("care_call.words", case, &sealed)).transpose()?;
        let before = before.and_then(|bytes| String::from_utf8(bytes).ok());
        let all: Vec<&str> = before.as_deref().into_iter().chain([words.as_str()]).collect();
        let all: String = all.join("\n").chars().take(ALL_WORDS_MOST).collect();
        let sealed = key.seal("care_call.words", case, all.as_bytes())?;
        update_call(change).set(care_call::ActiveModel { words: Set(Some(sealed)), ..Default::default() }).exec(tx).await?;
    }
    let mut facts = serde_json::Map::new();
    facts.insert("callback".to_owned(), number.is_some().into());
    let personal = (number.is_some() || words.is_some()).then(|| json!({ "callback": number, "words": words }));
    Ok(Effect { facts, personal, ..Effect::default() })
}

/// Cancelled within the countdown (撤销): no one else is alerted.
pub(crate) async fn cancel_press(change: &Change<'_>, _: &CancelPress) -> Result<Effect> {
    let now = DbInstant::from(change.now.at);
    update_call(change)
        .set(care_call::ActiveModel { ended_at: Set(Some(now)), next_step_at: Set(None), ..Default::default() })
        .col_expr(care_call::Column::FineAt, Expr::cust_with_values("coalesce(fine_at, $1)", [now]))
        .exec(change.tx)
        .await?;
    Ok(Effect::default())
}

/// Reports later that they are well (报平安): the call continues until the person who answered it has made sure.
pub(crate) async fn say_fine(change: &Change<'_>, _: &SayFine) -> Result<Effect> {
    update_call(change)
        .set(care_call::ActiveModel { fine_at: Set(Some(change.now.at.into())), ..Default::default() })
        .exec(change.tx)
        .await?;
    Ok(Effect::default())
}
