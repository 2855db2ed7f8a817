//! The inbox (收件箱): what an account was told, in the language of whoever reads.

use crate::{Actor, Store, account::gate::Access, error::Result, paging};
use sea_orm::FromQueryResult;
use serde_json::Value;
use shared::{
    Lang,
    ids::NoticeId,
    notices::{Facts, NoticeView, Notices, kind},
};
use time::OffsetDateTime;

/// Notices a page.
const PAGE: usize = 20;

/// Subject and text of a notice. A kind of another version of the program gets general words.
pub(crate) fn words(code: &str, facts: &Value, lang: Lang) -> (String, String) {
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
    let facts = Facts { number: text("number"), title: lang.pick(text("zh"), text("en")), until: text("until") };
    let kind = kind(code);
    if kind.code != code {
        tracing::warn!(kind = code, "a notice of a kind without words");
    }
    ((kind.subject)(lang, &facts), (kind.text)(lang, &facts))
}

/// Where a notice leads: where its facts say, else to its case. Only a path of our own.
pub(crate) fn path(facts: &Value) -> Option<String> {
    let text = |key: &str| facts.get(key).and_then(Value::as_str);
    let own = text("path").filter(|p| p.starts_with('/') && !p.starts_with("//"));
    own.map(str::to_owned).or_else(|| text("number").map(|number| format!("/cases/{number}")))
}

#[derive(FromQueryResult)]
struct Row {
    id: NoticeId,
    kind: String,
    facts: Value,
    created_at: OffsetDateTime,
    read_at: Option<OffsetDateTime>,
}

/// The actor's own notices, newest first, 20 a page; `after` is the `next` of the page before.
///
/// # Errors
/// [`shared::Problem::SignInFirst`]; what the store says.
pub async fn inbox(store: &Store, actor: &Actor, after: Option<NoticeId>, lang: Lang) -> Result<Notices> {
    store.gate.enter(Access::SignedIn, actor)?;
    let tx = store.read(actor).await?;
    let mut rows: Vec<Row> = tx
        .all(
            "SELECT id, kind, facts, created_at, read_at FROM notice
              WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            [actor.signed_in()?.into(), after.into(), paging::one_more(PAGE).into()],
        )
        .await?;
    let next = paging::cut(&mut rows, PAGE, |row| row.id.to_string());
    let notices = rows.into_iter().map(|row| view(row, lang)).collect();
    Ok(Notices { notices, next })
}

fn view(row: Row, lang: Lang) -> NoticeView {
    let (subject, text) = words(&row.kind, &row.facts, lang);
    NoticeView {
        id: row.id,
        subject,
        text,
        case_number: row.facts.get("number").and_then(Value::as_str).map(str::to_owned),
        path: path(&row.facts),
        at: row.created_at.unix_timestamp(),
        read: row.read_at.is_some(),
        kind: row.kind,
    }
}

/// Marks one of the actor's notices as read, or all of them. Again it changes nothing; one that is not theirs is not
/// touched.
///
/// # Errors
/// [`shared::Problem::SignInFirst`]; what the store says.
pub async fn mark_read(store: &Store, actor: &Actor, notice: Option<NoticeId>) -> Result<u64> {
    store.gate.enter(Access::SignedIn, actor)?;
    let tx = store.write(actor).await?;
    let read = tx
        .run(
            "UPDATE notice SET read_at = huimin_now()
              WHERE account_id = $1 AND read_at IS NULL AND ($2::uuid IS NULL OR id = $2)",
            [actor.signed_in()?.into(), notice.into()],
        )
        .await?;
    tx.commit().await?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_notice_leads_where_it_says_else_to_its_case_and_never_out_of_the_house() {
        let lead = |facts| path(&facts);
        assert_eq!(lead(json!({ "number": "HJ1", "path": "/dispatch/HJ1" })).as_deref(), Some("/dispatch/HJ1"));
        assert_eq!(lead(json!({ "number": "BJ1" })).as_deref(), Some("/cases/BJ1"));
        assert_eq!(lead(json!({ "number": "BJ1", "path": "//evil.example" })).as_deref(), Some("/cases/BJ1"));
        assert_eq!(lead(json!({ "path": "https://evil.example" })), None);
    }
}
