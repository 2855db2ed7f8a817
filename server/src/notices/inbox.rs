//! The inbox (收件箱): the notices of an account, rendered in the language of the reader.

use super::entity::notice;
use crate::{Actor, Store, access::gate::Access, error::Result, paging, store::db_now};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::Value;
use shared::{
    Lang,
    ids::NoticeId,
    notices::{Facts, NoticeView, Notices, kind},
};

/// Notices on one page.
const PAGE: usize = 20;

/// Subject and text of a notice. A kind of another version of the program gets a general text.
pub(crate) fn render(code: &str, facts: &Value, lang: Lang) -> (String, String) {
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
    let facts = Facts { number: text("number"), title: lang.pick(text("zh"), text("en")), until: text("until") };
    let kind = kind(code);
    if kind.code != code {
        tracing::warn!(kind = code, "a notice of an unknown kind");
    }
    ((kind.subject)(lang, &facts), (kind.text)(lang, &facts))
}

/// The page a notice links to: the path in its facts, else its case. Only paths of this site are accepted.
pub(crate) fn path(facts: &Value) -> Option<String> {
    let text = |key: &str| facts.get(key).and_then(Value::as_str);
    let own = text("path").filter(|p| p.starts_with('/') && !p.starts_with("//"));
    own.map(str::to_owned).or_else(|| text("number").map(|number| format!("/cases/{number}")))
}

/// The actor's notices, newest first; `after` is the `next` of the previous page.
///
/// # Errors
/// [`shared::Problem::SignInFirst`].
pub async fn inbox(store: &Store, actor: &Actor, after: Option<NoticeId>, lang: Lang) -> Result<Notices> {
    store.gate.enter(Access::SignedIn, actor)?;
    let tx = store.read(actor).await?;
    let mut rows = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(actor.signed_in()?))
        .apply_if(after, |query, after| query.filter(notice::Column::Id.lt(after)))
        .order_by_desc(notice::Column::Id)
        .limit(u64::try_from(paging::limit_plus_one(PAGE)).ok())
        .all(&tx)
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.id.to_string());
    let notices = rows.into_iter().map(|row| to_view(row, lang)).collect();
    Ok(Notices { notices, next })
}

fn to_view(row: notice::Model, lang: Lang) -> NoticeView {
    let (subject, text) = render(&row.kind, &row.facts, lang);
    NoticeView {
        id: row.id,
        subject,
        text,
        case_number: row.facts.get("number").and_then(Value::as_str).map(str::to_owned),
        path: path(&row.facts),
        at: row.created_at.timestamp().as_second(),
        read: row.read_at.is_some(),
        kind: row.kind,
    }
}

/// Marks one of the actor's notices as read, or all of them, and returns how many were unread. Notices of other accounts
/// are not changed.
///
/// # Errors
/// [`shared::Problem::SignInFirst`].
pub async fn mark_read(store: &Store, actor: &Actor, notice: Option<NoticeId>) -> Result<u64> {
    store.gate.enter(Access::SignedIn, actor)?;
    let tx = store.write(actor).await?;
    let mut marked = notice::Entity::update_many()
        .col_expr(notice::Column::ReadAt, db_now())
        .filter(notice::Column::AccountId.eq(actor.signed_in()?))
        .filter(notice::Column::ReadAt.is_null());
    if let Some(notice) = notice {
        marked = marked.filter(notice::Column::Id.eq(notice));
    }
    let marked = marked.exec(&tx).await?.rows_affected;
    tx.commit().await?;
    Ok(marked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_notice_links_to_its_path_else_to_its_case_and_never_to_another_site() {
        let lead = |facts| path(&facts);
        assert_eq!(lead(json!({ "number": "HJ1", "path": "/dispatch/HJ1" })).as_deref(), Some("/dispatch/HJ1"));
        assert_eq!(lead(json!({ "number": "BJ1" })).as_deref(), Some("/cases/BJ1"));
        assert_eq!(lead(json!({ "number": "BJ1", "path": "//evil.example" })).as_deref(), Some("/cases/BJ1"));
        assert_eq!(lead(json!({ "path": "https://evil.example" })), None);
    }
}
