//! One-time codes (验证码) of six digits: valid for ten minutes, five tries and one use. Only the newest code is valid.

use super::entity::one_time_code;
pub(super) use super::entity::one_time_code::CodePurpose as Purpose;
use crate::access::actor::Actor;
use crate::{
    Store, Task,
    error::Result,
    store::{Tx, db_now, new_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, raw_sql};
use shared::{FieldErrorKind, Problem, ids::CodeId};
use std::fmt::Display;
use subtle::ConstantTimeEq;

/// Maximum number of tries of a code.
pub(super) const MAX_TRIES: i32 = 5;
/// Validity of a code in minutes.
pub(super) const VALID_MINUTES: i32 = 10;

/// A new code of six random digits.
pub(super) fn generate() -> String {
    format!("{:06}", rand::random_range(0..1_000_000))
}

/// The stored hash of a code. It is keyed, because a plain hash of six digits is easily reversed.
pub(super) fn digest(tx: &Tx, row: impl Display, code: &str) -> Vec<u8> {
    tx.vault.index("one_time_code", &format!("{row}:{code}"))
}

/// Parses the input as a code of six digits.
///
/// # Errors
/// [`FieldErrorKind::CodeWrong`] for the field `code`; no try is counted.
pub(super) fn parse(typed: &str) -> Result<String, Problem> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(digits) } else { Err(wrong()) }
}

pub(super) fn wrong() -> Problem {
    Problem::field("code", FieldErrorKind::CodeWrong)
}

pub(super) fn expired() -> Problem {
    Problem::field("code", FieldErrorKind::CodeExpired)
}

/// Stores a code or link of `contact_index` by the hash of its secret and invalidates earlier ones for the same purpose.
pub(super) async fn issue(
    tx: &Tx,
    purpose: Purpose,
    contact_index: &[u8],
    id: CodeId,
    stored: Vec<u8>,
    minutes: i32,
) -> Result<()> {
    one_time_code::Entity::update_many()
        .col_expr(one_time_code::Column::UsedAt, db_now())
        .filter(one_time_code::Column::Purpose.eq(purpose))
        .filter(one_time_code::Column::ContactIndex.eq(contact_index))
        .filter(one_time_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO one_time_code (id, purpose, contact_index, code_hash, expires_at)
         VALUES ({id}, {purpose}, {contact_index}, {stored}, huimin_now() + make_interval(mins => {minutes}))"
    ))
    .await?;
    Ok(())
}

/// Issues a code for `contact_index`. A decoy is stored in the same way and matches no input, so that the response does not
/// reveal whether an account exists.
pub(super) async fn issue_digits(tx: &Tx, purpose: Purpose, contact_index: &[u8], decoy: bool) -> Result<String> {
    let (id, code) = (new_id(), generate());
    let stored = if decoy { rand::random::<[u8; 32]>().to_vec() } else { digest(tx, id, &code) };
    issue(tx, purpose, contact_index, id, stored, VALID_MINUTES).await?;
    Ok(code)
}

/// Counts a try of the newest code of `contact_index` and returns its id if the input matches. The count is committed first.
pub(super) async fn attempt(store: &Store, purpose: Purpose, contact_index: &[u8], typed: &str) -> Result<CodeId> {
    let code = parse(typed)?;
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    let max_tries = MAX_TRIES;
    let row: Option<(CodeId, Vec<u8>)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "UPDATE one_time_code SET tries = tries + 1
             WHERE id = (SELECT id FROM one_time_code WHERE purpose = {purpose} AND contact_index = {contact_index} AND used_at IS NULL
                         AND expires_at > huimin_now() ORDER BY created_at DESC, id DESC LIMIT 1)
               AND tries < {max_tries} AND used_at IS NULL
             RETURNING id, code_hash"
        ))
        .await?;
    let matches = row.as_ref().is_some_and(|(id, hash)| bool::from(digest(&tx, id, &code).ct_eq(hash)));
    tx.commit().await?;
    match row {
        None => Err(expired().into()),
        Some((id, _)) if matches => Ok(id),
        Some(_) => Err(wrong().into()),
    }
}

/// Marks a code as used, in the transaction of its purpose.
///
/// # Errors
/// [`FieldErrorKind::CodeExpired`] if another request used it first.
pub(super) async fn consume(tx: &Tx, id: CodeId) -> Result<()> {
    let used = one_time_code::Entity::update_many()
        .col_expr(one_time_code::Column::UsedAt, db_now())
        .filter(one_time_code::Column::Id.eq(id))
        .filter(one_time_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected == 1 { Ok(()) } else { Err(expired().into()) }
}
