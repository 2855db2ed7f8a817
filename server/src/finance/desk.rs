//! What a bank sees: open demands, nameless; those it was drawn into, as far as the firm's consent goes. Each read of
//! consented data is logged in the transaction that reads, and that somebody opened the demand is an event.

use super::{bank_of, months, read};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    cases::{self, Request, allowed, clock_views, perform_in},
    error::Result,
    paging,
    store::{Tx, moment},
};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};
use shared::cases::actions::View;
use shared::{
    Problem,
    account::Permission,
    finance::{
        Fen,
        life::{DEMAND, PUBLISHED},
        view::{Asked, BankView, Consented, DemandRow, Diligence},
    },
    ids::{CaseId, OrganisationId},
};
use time::OffsetDateTime;

/// Rows of a list.
const PAGE: usize = 30;

#[derive(FromQueryResult)]
struct OpenRow {
    case_id: CaseId,
    number: Option<String>,
    opened_at: OffsetDateTime,
    amount_fen: Fen,
    months: i32,
    purpose: String,
    collateral: String,
    district: String,
    industry: String,
    registered_on: time::Date,
    offered: bool,
}

impl OpenRow {
    fn view(self, state: &str) -> Result<DemandRow> {
        Ok(DemandRow {
            number: self.number,
            key: self.case_id,
            opened_at: moment(self.opened_at),
            asked: Asked {
                amount_fen: self.amount_fen,
                months: months(self.months)?,
                purpose: self.purpose,
                collateral: self.collateral,
                district: self.district,
                industry: self.industry,
                registered_on: crate::store::civil(self.registered_on),
            },
            state: state.to_owned(),
            offers: i64::from(self.offered),
        })
    }
}

/// A page of open demands, the newest first, and where the next begins.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn open_demands(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let mut rows: Vec<OpenRow> = tx
        .all(
            "SELECT case_id, number, opened_at, amount_fen, months, purpose, collateral, district, industry, registered_on, offered
               FROM finance_open_demands($1, $2::bigint::integer)",
            [after.into(), paging::limit_plus_one(PAGE).into()],
        )
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.case_id.to_string());
    Ok((rows.into_iter().map(|row| row.view("published")).collect::<Result<_>>()?, next))
}

/// A page of the demands whose firm accepted the bank's offer, the newest first, and where the next begins.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn own_demands(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct Row {
        state: String,
        #[sea_orm(nested)]
        open: OpenRow,
    }
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let banks = actor.organisations_where(Permission::MakeOffers);
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let mut rows: Vec<Row> = tx
        .all(
            "SELECT c.state, d.case_id, c.number, c.opened_at, d.amount_fen, d.months, d.purpose, d.collateral, d.district,
                 d.industry, d.registered_on, true AS offered
               FROM offer o JOIN cases c ON c.id = o.case_id JOIN demand d ON d.case_id = c.id
              WHERE o.organisation_id = ANY($1) AND o.outcome = 'accepted' AND ($2::uuid IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3",
            [banks.into(), after.into(), paging::limit_plus_one(PAGE).into()],
        )
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.open.case_id.to_string());
    Ok((rows.into_iter().map(|row| row.open.view(&row.state)).collect::<Result<_>>()?, next))
}

/// A demand as the actor's bank sees it; what the firm consented to is read, and each read logged.
///
/// # Errors
/// [`Problem::NotFound`] for a demand that the bank has no part in.
pub async fn page(store: &Store, actor: &Actor, number: &str) -> Result<BankView> {
    look(store, actor, number, true).await
}

/// The same for a form that shows none of the firm's data: none are read.
///
/// # Errors
/// As [`page`].
pub async fn form(store: &Store, actor: &Actor, number: &str) -> Result<BankView> {
    look(store, actor, number, false).await
}

async fn look(store: &Store, actor: &Actor, number: &str, with_data: bool) -> Result<BankView> {
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let tx = store.write(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    if case.kind != DEMAND.kind {
        return Err(Problem::NotFound.into());
    }
    let bank = bank_of(actor, &case).map_err(|_| Problem::NotFound)?;
    let today = tx.now().await?.today();
    let looked = Request { number, version: None, key: &format!("view-{today}"), input: &View::default() };
    perform_in(&tx, actor, &looked).await?;
    let (asked, disbursed_on) = read::asked(&tx, case.id).await?;
    let shown = BankView {
        number: case.number.clone(),
        // While offers are open it would count what other banks do.
        version: (case.state != PUBLISHED.0).then_some(case.version),
        state: case.state.clone(),
        asked,
        consented: if with_data { consented(&tx, case.id).await? } else { Vec::new() },
        offers: read::offers(&tx, case.id, Some(bank), disbursed_on.unwrap_or(today)).await?,
        products: read::products(&tx, Some(bank)).await?,
        diligence: diligence(&tx, case.id, bank).await?,
        decision: read::decision(&tx, case.id).await?,
        disbursed_on,
        allowed: allowed(&tx, actor, &case).await?.into_iter().map(|s| s.action.0.to_owned()).collect(),
        clocks: clock_views(&tx, case.id, today).await?,
        today,
    };
    tx.commit().await?;
    Ok(shown)
}

async fn consented(tx: &Tx, case: CaseId) -> Result<Vec<Consented>> {
    #[derive(FromQueryResult)]
    struct Row {
        category: String,
        facts: Value,
    }
    let rows: Vec<Row> = tx.all("SELECT category, facts FROM finance_read_consented($1)", [case.into()]).await?;
    let facts = |value: Value| match value {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    Ok(rows.into_iter().map(|row| Consented { category: row.category, facts: facts(row.facts) }).collect())
}

async fn diligence(tx: &Tx, case: CaseId, bank: OrganisationId) -> Result<Vec<Diligence>> {
    #[derive(FromQueryResult)]
    struct Row {
        findings: String,
        by: Option<String>,
        submitted_at: OffsetDateTime,
        sent_back: Option<String>,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT findings, huimin_staff_name(submitted_by) AS by, submitted_at, sent_back FROM diligence
              WHERE case_id = $1 AND organisation_id = $2 ORDER BY round",
            [case.into(), bank.into()],
        )
        .await?;
    let shown = |row: Row| Diligence {
        findings: row.findings,
        by: row.by.unwrap_or_default(),
        at: moment(row.submitted_at),
        sent_back: row.sent_back,
    };
    Ok(rows.into_iter().map(shown).collect())
}
