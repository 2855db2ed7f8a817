//! The bank's view of demands: open ones without the firm's name, and those that involve the bank, as far as the firm's
//! consents allow. Each read of consented data is logged in the transaction that reads; opening a demand is an event.

use super::{
    demand_views::{self, RequestRow},
    entity::diligence,
    parties::bank_of,
    product_views,
};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    cases::{self, Request, allowed, clock_views, perform_in},
    error::Result,
    paging,
    store::{DbInstant, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, prelude::Expr, raw_sql};
use serde_json::{Map, Value};
use shared::{
    Problem,
    account::Permission,
    cases::actions::View,
    finance::{
        codes::{DataCategory, OfferOutcome},
        life::{DEMAND, DemandState},
        view::{BankView, ConsentedData, DemandRow, Diligence},
    },
    ids::{CaseId, OrganisationId},
};

/// Rows of a page of demands.
const PAGE_SIZE: usize = 30;

#[derive(FromQueryResult)]
struct Row {
    case_id: CaseId,
    number: Option<String>,
    opened_at: DbInstant,
    #[sea_orm(nested)]
    request: RequestRow,
    offered: bool,
}

impl Row {
    fn into_view(self, state: &str) -> Result<DemandRow> {
        Ok(DemandRow {
            number: self.number,
            key: self.case_id,
            opened_at: self.opened_at.timestamp(),
            request: self.request.into_view()?,
            state: state.to_owned(),
            offers: i64::from(self.offered),
        })
    }
}

/// A page of open demands, the newest first, and the cursor of the next page.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn open_demands(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let limit = paging::limit_plus_one(PAGE_SIZE);
    let tx = store.read(actor).await?;
    let mut rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT case_id, number, opened_at, amount_fen, months, purpose, collateral, district, industry, registered_on, offered
               FROM finance_open_demands({after}, {limit}::bigint::integer)"
        ))
        .await?;
    let next = paging::take_page(&mut rows, PAGE_SIZE, |row| row.case_id.to_string());
    let state = DemandState::Published.code();
    Ok((rows.into_iter().map(|row| row.into_view(state)).collect::<Result<_>>()?, next))
}

/// A page of the demands whose firm accepted the bank's offer, the newest first, and the cursor of the next page.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn own_demands(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct OwnRow {
        state: String,
        #[sea_orm(nested)]
        row: Row,
    }
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let banks = actor.organisations_where(Permission::MakeOffers);
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let (accepted, limit) = (OfferOutcome::Accepted, paging::limit_plus_one(PAGE_SIZE));
    let tx = store.read(actor).await?;
    let mut rows: Vec<OwnRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT c.state, d.case_id, c.number, c.opened_at, d.amount_fen, d.months, d.purpose, d.collateral, d.district,
                 d.industry, d.registered_on, true AS offered
               FROM offer o JOIN cases c ON c.id = o.case_id JOIN demand d ON d.case_id = c.id
              WHERE o.organisation_id = ANY({banks}) AND o.outcome = {accepted} AND ({after}::uuid IS NULL OR c.id < {after})
              ORDER BY c.id DESC LIMIT {limit}"
        ))
        .await?;
    let next = paging::take_page(&mut rows, PAGE_SIZE, |own| own.row.case_id.to_string());
    Ok((rows.into_iter().map(|own| own.row.into_view(&own.state)).collect::<Result<_>>()?, next))
}

/// A demand as the actor's bank sees it. Reads the data that the firm consented to and logs each read.
///
/// # Errors
/// [`Problem::NotFound`] for a demand that does not involve the bank.
pub async fn page(store: &Store, actor: &Actor, number: &str) -> Result<BankView> {
    view(store, actor, number, true).await
}

/// As [`page`], for a form that shows none of the firm's data: none is read.
///
/// # Errors
/// As [`page`].
pub async fn form(store: &Store, actor: &Actor, number: &str) -> Result<BankView> {
    view(store, actor, number, false).await
}

async fn view(store: &Store, actor: &Actor, number: &str, with_data: bool) -> Result<BankView> {
    store.gate.enter(Access::Staff(Permission::MakeOffers), actor)?;
    let tx = store.write(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    if case.kind != DEMAND.kind {
        return Err(Problem::NotFound.into());
    }
    let bank = bank_of(actor, &case).map_err(|_| Problem::NotFound)?;
    let today = tx.now().await?.today();
    let opened = Request { number, version: None, key: &format!("view-{today}"), input: &View::default() };
    perform_in(&tx, actor, &opened).await?;
    let (request, disbursed_on) = demand_views::request(&tx, case.id).await?;
    let view = BankView {
        number: case.number.clone(),
        // While offers are open, the version would reveal the number of other banks' actions.
        version: (!case.state_as::<DemandState>()?.takes_offers()).then_some(case.version),
        state: case.state.clone(),
        request,
        consented: if with_data { consented_data(&tx, case.id).await? } else { Vec::new() },
        offers: demand_views::offers(&tx, case.id, Some(bank), disbursed_on.unwrap_or(today)).await?,
        products: product_views::list_offered(&tx, bank).await?,
        diligence: diligence_rounds(&tx, case.id, bank).await?,
        decision: demand_views::decision(&tx, case.id).await?,
        disbursed_on,
        allowed: allowed(&tx, actor, &case).await?.into_iter().map(|s| s.action.0.to_owned()).collect(),
        clocks: clock_views(&tx, case.id, today).await?,
        today,
    };
    tx.commit().await?;
    Ok(view)
}

async fn consented_data(tx: &Tx, case: CaseId) -> Result<Vec<ConsentedData>> {
    let rows: Vec<(DataCategory, Value)> =
        tx.fetch_values(raw_sql!(Postgres, "SELECT category, facts FROM finance_read_consented({case})")).await?;
    let facts = |value: Value| match value {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    Ok(rows.into_iter().map(|(category, value)| ConsentedData { category, facts: facts(value) }).collect())
}

/// The findings of every round of the bank's due diligence.
async fn diligence_rounds(tx: &Tx, case: CaseId, bank: OrganisationId) -> Result<Vec<Diligence>> {
    let rows: Vec<(String, DbInstant, Option<String>, Option<String>)> = diligence::Entity::find()
        .filter(diligence::Column::CaseId.eq(case))
        .filter(diligence::Column::OrganisationId.eq(bank))
        .order_by_asc(diligence::Column::Round)
        .select_only()
        .columns([diligence::Column::Findings, diligence::Column::SubmittedAt, diligence::Column::SentBack])
        .expr_as(Expr::cust("huimin_staff_name(submitted_by)"), "by")
        .into_tuple()
        .all(tx)
        .await?;
    let to_view = |(findings, at, sent_back, by): (String, DbInstant, Option<String>, Option<String>)| Diligence {
        findings,
        by: by.unwrap_or_default(),
        at: at.timestamp(),
        sent_back,
    };
    Ok(rows.into_iter().map(to_view).collect())
}
