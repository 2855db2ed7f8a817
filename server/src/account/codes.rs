//! One-time codes (验证码) of six digits: ten minutes, five tries, used once, and only the newest counts.

pub(super) use super::entity::one_time_code::CodePurpose as Purpose;
use super::{actor::Actor, entity::one_time_code};
use crate::{
    Store, Task,
    error::Result,
    store::{Tx, db_now, new_id},
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, raw_sql};
use shared::{Complaint, Problem, ids::CodeId};
use std::fmt::Display;
use subtle::ConstantTimeEq;

/// Tries a code is good for.
pub(super) const TRIES: i32 = 5;
/// Minutes a code is good for.
pub(super) const MINUTES: i32 = 10;

/// Six random digits.
pub(super) fn six_digits() -> String {
    format!("{:06}", rand::random_range(0..1_000_000))
}

/// What is stored of a code: keyed, since a million codes are soon tried.
pub(super) fn digest(tx: &Tx, row: impl Display, code: &str) -> Vec<u8> {
    tx.vault.index("one_time_code", &format!("{row}:{code}"))
}

/// What was typed, as six digits.
///
/// # Errors
/// [`Complaint::CodeWrong`] for the field `code`; nothing is counted.
pub(super) fn read(typed: &str) -> Result<String, Problem> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(digits) } else { Err(wrong()) }
}

pub(super) fn wrong() -> Problem {
    Problem::field("code", Complaint::CodeWrong)
}

pub(super) fn expired() -> Problem {
    Problem::field("code", Complaint::CodeExpired)
}

/// Makes a row for `subject` with the stored form of its secret; earlier ones of the same purpose no longer count.
pub(super) async fn issue(tx: &Tx, purpose: Purpose, subject: &[u8], id: CodeId, stored: Vec<u8>, minutes: i32) -> Result<()> {
    one_time_code::Entity::update_many()
        .col_expr(one_time_code::Column::UsedAt, db_now())
        .filter(one_time_code::Column::Purpose.eq(purpose))
        .filter(one_time_code::Column::Subject.eq(subject))
        .filter(one_time_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO one_time_code (id, purpose, subject, code_hash, expires_at)
         VALUES ({id}, {purpose}, {subject}, {stored}, huimin_now() + make_interval(mins => {minutes}))"
    ))
    .await?;
    Ok(())
}

/// Makes a code for `subject`. A decoy is stored just so and fits nothing: who asks in vain sees no difference.
pub(super) async fn issue_digits(tx: &Tx, purpose: Purpose, subject: &[u8], decoy: bool) -> Result<String> {
    let (id, code) = (new_id(), six_digits());
    let stored = if decoy { rand::random::<[u8; 32]>().to_vec() } else { digest(tx, id, &code) };
    issue(tx, purpose, subject, id, stored, MINUTES).await?;
    Ok(code)
}

/// Counts a try at the newest code of `subject` and gives its row if it fits. The count is durable before the answer.
pub(super) async fn attempt(store: &Store, purpose: Purpose, subject: &[u8], typed: &str) -> Result<CodeId> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CodeId,
        code_hash: Vec<u8>,
    }
    let code = read(typed)?;
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    let row: Option<Row> = tx
        .one(
            "UPDATE one_time_code SET tries = tries + 1
             WHERE id = (SELECT id FROM one_time_code WHERE purpose = $1 AND subject = $2 AND used_at IS NULL
                         AND expires_at > huimin_now() ORDER BY created_at DESC, id DESC LIMIT 1)
               AND tries < $3 AND used_at IS NULL
             RETURNING id, code_hash",
            [purpose.code().into(), subject.to_vec().into(), TRIES.into()],
        )
        .await?;
    let fits = row.as_ref().is_some_and(|r| bool::from(digest(&tx, r.id, &code).ct_eq(&r.code_hash)));
    tx.commit().await?;
    match row {
        None => Err(expired().into()),
        Some(row) if fits => Ok(row.id),
        Some(_) => Err(wrong().into()),
    }
}

/// Uses a code up, in the transaction that does what it is for.
///
/// # Errors
/// [`Complaint::CodeExpired`] when another was faster.
pub(super) async fn spend(tx: &Tx, id: CodeId) -> Result<()> {
    let spent = one_time_code::Entity::update_many()
        .col_expr(one_time_code::Column::UsedAt, db_now())
        .filter(one_time_code::Column::Id.eq(id))
        .filter(one_time_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if spent.rows_affected == 1 { Ok(()) } else { Err(expired().into()) }
}
