//! Revealing a telephone number of a call in full.

use super::{
    call_lines::contacts,
    call_record::{CallRecord, find, log_view},
};
use crate::care::sealed::open_text;
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::Result,
};
use shared::{Problem, account::Permission::AnswerCalls, cases::actions::View, ids::ContactId};

/// A telephone number of a call in full, for its dispatchers (`field`: `callback`, or `contact.` and the id of a contact).
/// It is an event of the call's record that names the number, one per dispatcher, number and day.
///
/// # Errors
/// [`Problem::NotFound`] for a call of another centre or a number that does not exist.
pub async fn reveal(store: &Store, actor: &Actor, number: &str, field: &str) -> Result<String> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.write(actor).await?;
    let case = find(&tx, actor, number).await?;
    let found = match field.strip_prefix("contact.").map(str::parse::<ContactId>) {
        Some(Ok(id)) => {
            let key = tx.living_key(case.subject_id).await?;
            let contacts = contacts(&tx, case.subject_id, key.as_ref()).await?;
            contacts.into_iter().find(|c| c.id == id).map(|c| c.contact.phone)
        }
        Some(Err(_)) => None,
        None if field == "callback" => {
            let record = CallRecord::load(&tx, case.id).await?;
            let key = tx.living_key(case.subject_id).await?;
            key.and_then(|key| open_text(&key, "care_call.callback", case.id, record.callback.as_deref()).ok().flatten())
        }
        None => None,
    };
    let found = found.ok_or(Problem::NotFound)?;
    let key = format!("reveal-{}-{field}", tx.now().await?.today());
    log_view(&tx, actor, number, &key, &View { field: field.to_owned(), ..View::default() }).await?;
    tx.commit().await?;
    Ok(found)
}
