//! Who is told of an event: a reading of it, made in the same transaction.

use crate::notices::deliver::Deliver;
use crate::{
    cases::{CaseRow, chain::EventRow},
    error::Result,
    jobs,
    store::Tx,
};
use graphile_worker::TaskHandler;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::cases::{Party, Step};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Told {
    account: Uuid,
}

/// Tells the people of a case what happened: those it is about of what staff and deadlines do, whoever works on it of
/// what the applicant does. What stays among staff, and one's own deeds, are not news.
pub(crate) async fn follow(tx: &Tx, case: &CaseRow, step: &Step, event: &EventRow) -> Result<()> {
    if step.internal || step.quiet {
        return Ok(());
    }
    let mut told: Vec<Uuid> =
        tx.all::<Told>("SELECT huimin_told_of($1) AS account", [case.id.into()]).await?.into_iter().map(|t| t.account).collect();
    if step.by == Party::Applicant {
        told.extend(case.assignee_id);
    }
    // Whoever filed it gets a receipt; otherwise one's own deed is no news to oneself.
    let receipt = event.seq == 1;
    for account in told.into_iter().filter(|a| receipt || Some(*a) != event.actor_id) {
        tell(
            tx,
            account,
            Some(case.id),
            &event.action,
            json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en }),
        )
        .await?;
    }
    Ok(())
}

/// Puts a notice into an inbox and enqueues its delivery outside the house.
pub(crate) async fn tell(tx: &Tx, account: Uuid, case: Option<Uuid>, kind: &str, facts: Value) -> Result<()> {
    let id = put(tx, account, case, kind, facts).await?;
    jobs::enqueue(tx, Deliver::IDENTIFIER, &Deliver { notice: id }, None, None).await
}

/// As [`tell`], for what cannot wait behind other notices: somebody is asked to go, somebody does not report.
pub(crate) async fn tell_urgent(tx: &Tx, account: Uuid, case: Option<Uuid>, kind: &str, facts: Value) -> Result<()> {
    let id = put(tx, account, case, kind, facts).await?;
    jobs::enqueue_urgent(tx, Deliver::IDENTIFIER, &[(Deliver { notice: id }, String::new())]).await
}

async fn put(tx: &Tx, account: Uuid, case: Option<Uuid>, kind: &str, facts: Value) -> Result<Uuid> {
    let id = Uuid::now_v7();
    tx.run(
        "INSERT INTO notice (id, account_id, case_id, kind, facts) VALUES ($1, $2, $3, $4, $5)",
        [id.into(), account.into(), case.into(), kind.into(), facts.into()],
    )
    .await?;
    tx.run("SELECT pg_notify('huimin_live', $1)", [format!("inbox:{account} {id}").into()]).await?;
    Ok(id)
}

/// A notice for one account, among many.
pub(crate) struct Tell {
    pub(crate) account: Uuid,
    pub(crate) case: Uuid,
    pub(crate) facts: Value,
}

/// Puts notices of one kind into inboxes, in one statement however many. Who has an unread one of this kind and case
/// gets no second entry. Bringing it out of the house is for the caller to enqueue.
pub(crate) async fn tell_many(tx: &Tx, kind: &str, told: &[Tell]) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = told.iter().map(|_| Uuid::now_v7()).collect();
    let accounts: Vec<Uuid> = told.iter().map(|t| t.account).collect();
    let cases: Vec<Uuid> = told.iter().map(|t| t.case).collect();
    let facts: Vec<String> = told.iter().map(|t| t.facts.to_string()).collect();
    tx.run(
        "WITH told AS (
             INSERT INTO notice (id, account_id, case_id, kind, facts)
             SELECT t.id, t.account_id, t.case_id, $1, t.facts::jsonb
               FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS t (id, account_id, case_id, facts)
              WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.case_id = t.case_id AND n.account_id = t.account_id
                                   AND n.kind = $1 AND n.read_at IS NULL)
             RETURNING id, account_id),
         last AS (SELECT account_id, max(id::text) AS id FROM told GROUP BY account_id)
         SELECT pg_notify('huimin_live', 'inbox:' || account_id || ' ' || id) FROM last",
        [kind.into(), ids.into(), accounts.into(), cases.into(), facts.into()],
    )
    .await?;
    Ok(())
}
