//! Putting notices into inboxes and enqueueing their delivery, in the transaction of the change.

use super::entity::notice;
use crate::{
    error::Result,
    jobs,
    notices::delivery_job::Deliver,
    store::{Tx, new_id},
};
use graphile_worker::TaskHandler;
use sea_orm::{ActiveValue::Set, EntityTrait, raw_sql};
use serde_json::Value;
use shared::ids::{AccountId, CaseId, NoticeId};

/// Puts a notice into an inbox and enqueues its delivery.
pub(crate) async fn notify(tx: &Tx, account: AccountId, case: Option<CaseId>, kind: &str, facts: Value) -> Result<()> {
    let id = insert(tx, account, case, kind, facts).await?;
    jobs::enqueue(tx, Deliver::IDENTIFIER, &Deliver { notice: id }, None, None).await
}

/// As [`notify`], delivered before other notices: for requests to responders and for responders who do not report.
pub(crate) async fn notify_urgent(tx: &Tx, account: AccountId, case: Option<CaseId>, kind: &str, facts: Value) -> Result<()> {
    let id = insert(tx, account, case, kind, facts).await?;
    jobs::enqueue_urgent(tx, Deliver::IDENTIFIER, &[(Deliver { notice: id }, String::new())]).await
}

async fn insert(tx: &Tx, account: AccountId, case: Option<CaseId>, kind: &str, facts: Value) -> Result<NoticeId> {
    let id: NoticeId = new_id();
    notice::Entity::insert(notice::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        case_id: Set(case),
        kind: Set(kind.to_owned()),
        facts: Set(facts),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    let payload = format!("inbox:{account} {id}");
    tx.execute_sql(raw_sql!(Postgres, "SELECT pg_notify('huimin_live', {payload})")).await?;
    Ok(id)
}

/// A notice to be written by [`notify_many`].
pub(crate) struct NewNotice {
    pub(crate) account: AccountId,
    pub(crate) case: CaseId,
    pub(crate) facts: Value,
}

/// Puts notices of one kind into inboxes, in one statement. An account with an unread notice of this kind and case gets no
/// second one. The caller enqueues the deliveries.
pub(crate) async fn notify_many(tx: &Tx, kind: &str, notices: &[NewNotice]) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let ids: Vec<NoticeId> = notices.iter().map(|_| new_id()).collect();
    let accounts: Vec<AccountId> = notices.iter().map(|n| n.account).collect();
    let cases: Vec<CaseId> = notices.iter().map(|n| n.case).collect();
    let facts: Vec<String> = notices.iter().map(|n| n.facts.to_string()).collect();
    tx.execute_sql(raw_sql!(
        Postgres,
        "WITH inserted AS (
             INSERT INTO notice (id, account_id, case_id, kind, facts)
             SELECT t.id, t.account_id, t.case_id, {kind}, t.facts::jsonb
               FROM unnest({ids}::uuid[], {accounts}::uuid[], {cases}::uuid[], {facts}::text[]) AS t (id, account_id, case_id, facts)
              WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.case_id = t.case_id AND n.account_id = t.account_id
                                   AND n.kind = {kind} AND n.read_at IS NULL)
             RETURNING id, account_id),
         last AS (SELECT account_id, max(id::text) AS id FROM inserted GROUP BY account_id)
         SELECT pg_notify('huimin_live', 'inbox:' || account_id || ' ' || id) FROM last"
    ))
    .await?;
    Ok(())
}
