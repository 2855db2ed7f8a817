//! Reads demands, their offers and their access log into views.

use super::{
    enterprise,
    entity::{self, credit_decision, demand_detail, offer},
    stored_numbers::{months_from_db, rate_from_db},
};
use crate::{
    access::actor::Actor,
    cases::{self, CaseRow},
    error::{Error, Result},
    paging,
    store::{DbDate, DbInstant, Tx},
};
use jiff::civil::Date;
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};
use shared::{
    Problem,
    finance::{
        Fen, Terms,
        codes::{Collateral, ConsentPurpose, CreditOutcome, DataCategory, LoanPurpose},
        life::DemandState,
        view::{AccessLogRow, BankConsent, CreditDecision, DemandRow, DemandView, LoanRequest, Name, OfferView},
    },
    ids::{CaseId, EnterpriseId, OrganisationId},
};

/// Rows of a page of demands and of the access log.
const PAGE_SIZE: usize = 50;

/// The columns of a demand that every bank may see.
#[derive(FromQueryResult)]
pub(super) struct RequestRow {
    amount_fen: Fen,
    months: i32,
    purpose: LoanPurpose,
    collateral: Collateral,
    district: String,
    industry: String,
    registered_on: DbDate,
}

impl From<entity::demand::Model> for RequestRow {
    fn from(demand: entity::demand::Model) -> Self {
        Self {
            amount_fen: demand.amount_fen,
            months: demand.months,
            purpose: demand.purpose,
            collateral: demand.collateral,
            district: demand.district,
            industry: demand.industry,
            registered_on: demand.registered_on,
        }
    }
}

impl RequestRow {
    pub(super) fn into_view(self) -> Result<LoanRequest> {
        Ok(LoanRequest {
            amount_fen: self.amount_fen,
            months: months_from_db(self.months)?,
            purpose: self.purpose,
            collateral: self.collateral,
            district: self.district,
            industry: self.industry,
            registered_on: self.registered_on.date(),
        })
    }
}

/// What a demand requests, and the day of the disbursement.
pub(super) async fn request(tx: &Tx, case: CaseId) -> Result<(LoanRequest, Option<Date>)> {
    let demand = entity::demand::Entity::find_by_id(case).one(tx).await?.ok_or(Problem::NotFound)?;
    let disbursed_on = demand.disbursed_on.map(DbDate::date);
    Ok((RequestRow::from(demand).into_view()?, disbursed_on))
}

/// A page of the demands of a firm, the newest first, and the cursor of the next page.
pub(super) async fn demands_of(tx: &Tx, firm: EnterpriseId, after: Option<CaseId>) -> Result<(Vec<DemandRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct Row {
        case_id: CaseId,
        number: String,
        opened_at: DbInstant,
        state: String,
        offers: i64,
        #[sea_orm(nested)]
        request: RequestRow,
    }
    let limit = paging::limit_plus_one(PAGE_SIZE);
    let mut rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT d.case_id, c.number, c.opened_at, c.state, d.amount_fen, d.months, d.purpose, d.collateral, d.district,
                 d.industry, d.registered_on,
                 (SELECT count(*) FROM offer o WHERE o.case_id = d.case_id AND o.outcome IS NULL) AS offers
               FROM demand d JOIN cases c ON c.id = d.case_id
              WHERE d.enterprise_id = {firm} AND ({after}::uuid IS NULL OR d.case_id < {after})
              ORDER BY d.case_id DESC LIMIT {limit}"
        ))
        .await?;
    let next = paging::take_page(&mut rows, PAGE_SIZE, |row| row.case_id.to_string());
    let to_view = |row: Row| {
        Ok(DemandRow {
            number: Some(row.number),
            key: row.case_id,
            opened_at: row.opened_at.timestamp(),
            request: row.request.into_view()?,
            state: row.state,
            offers: row.offers,
        })
    };
    Ok((rows.into_iter().map(to_view).collect::<Result<_>>()?, next))
}

/// A demand for its firm, with the page of the access log that begins at a cursor.
pub(super) async fn demand(tx: &Tx, actor: &Actor, case: &CaseRow, before: Option<&str>) -> Result<DemandView> {
    let own = cases::view_for(tx, actor, case).await?;
    let today = tx.now().await?.today();
    let (request, disbursed_on) = request(tx, case.id).await?;
    let (reads, earlier) = access_log(tx, case.id, before).await?;
    Ok(DemandView {
        number: case.number.clone(),
        version: case.version,
        state: case.state.clone(),
        enterprise: firm_of(tx, case.id).await?,
        request,
        story: story(tx, case.id).await?,
        banks: banks(tx, case).await?,
        offers: offers(tx, case.id, None, disbursed_on.unwrap_or(today)).await?,
        decision: decision(tx, case.id).await?,
        disbursed_on,
        reads,
        earlier,
        allowed: own.allowed.into_iter().map(|a| a.action).collect(),
        clocks: own.clocks,
        timeline: own.timeline,
        today,
    })
}

async fn firm_of(tx: &Tx, case: CaseId) -> Result<shared::finance::view::Enterprise> {
    let found = entity::demand::Entity::find_by_id(case).find_both_related(entity::enterprise::Entity).one(tx).await?;
    let (_, firm) = found.ok_or(Problem::NotFound)?;
    Ok(enterprise::to_view(firm))
}

async fn story(tx: &Tx, case: CaseId) -> Result<String> {
    let detail = demand_detail::Entity::find_by_id(case).one(tx).await?;
    Ok(detail.map(|detail| detail.story).unwrap_or_default())
}

/// Every bank while offers are open, later the banks that take part in the case.
async fn banks(tx: &Tx, case: &CaseRow) -> Result<Vec<BankConsent>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: OrganisationId,
        name_zh: String,
        name_en: String,
        categories: Vec<DataCategory>,
        until: Vec<DbDate>,
    }
    let every_bank = case.state_as::<DemandState>()?.takes_offers();
    let rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT o.id, o.name_zh, o.name_en,
                 coalesce(array_agg(k.category ORDER BY k.category) FILTER (WHERE k.id IS NOT NULL), '{}') AS categories,
                 coalesce(array_agg(k.expires_on ORDER BY k.category) FILTER (WHERE k.id IS NOT NULL), '{}') AS until
               FROM organisation o LEFT JOIN finance_consent k
                 ON k.organisation_id = o.id AND k.case_id = {case.id} AND finance_consent_in_force(k)
              WHERE o.kind = 'bank' AND ({every_bank} OR o.id = ANY({case.joined})) GROUP BY o.id ORDER BY o.code"
        ))
        .await?;
    let to_view = |row: Row| BankConsent {
        id: row.id,
        bank: Name { zh: row.name_zh, en: row.name_en },
        given: row.categories.into_iter().zip(row.until.into_iter().map(DbDate::date)).collect(),
    };
    Ok(rows.into_iter().map(to_view).collect())
}

#[derive(FromQueryResult)]
struct OfferRow {
    #[sea_orm(nested)]
    offer: offer::Model,
    bank_zh: String,
    bank_en: String,
    product_zh: String,
    product_en: String,
}

fn terms(offer: &offer::Model) -> Result<Terms> {
    Ok(Terms {
        amount_fen: offer.amount_fen,
        months: months_from_db(offer.months)?,
        method: offer.method,
        annual_rate: rate_from_db(offer.annual_rate)?,
        day_count: offer.day_count,
        grace_months: months_from_db(offer.grace_months)?,
        service_fee_fen: offer.service_fee_fen,
        guarantee_fen: offer.guarantee_fen,
    })
}

impl OfferRow {
    fn into_view(self, start: Date) -> Result<OfferView> {
        let terms = terms(&self.offer)?;
        let costs = terms.costs(start).map_err(|fault| Error::Broken(format!("offer {}: {fault}", self.offer.id)))?;
        Ok(OfferView {
            id: self.offer.id,
            bank: Name { zh: self.bank_zh, en: self.bank_en },
            product: Name { zh: self.product_zh, en: self.product_en },
            terms,
            costs,
            conditions: self.offer.conditions,
            valid_until: self.offer.valid_until.date(),
            made_at: self.offer.made_at.timestamp(),
            outcome: self.offer.outcome,
        })
    }
}

/// Offers for a demand, of one bank or of all, the cheapest first; costs are calculated for a disbursement on `start`.
pub(super) async fn offers(tx: &Tx, case: CaseId, bank: Option<OrganisationId>, start: Date) -> Result<Vec<OfferView>> {
    let rows: Vec<OfferRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT o.*, b.name_zh AS bank_zh, b.name_en AS bank_en, p.name_zh AS product_zh, p.name_en AS product_en
               FROM offer o JOIN organisation b ON b.id = o.organisation_id JOIN bank_product p ON p.id = o.product_id
              WHERE o.case_id = {case} AND ({bank}::uuid IS NULL OR o.organisation_id = {bank}) ORDER BY o.id DESC"
        ))
        .await?;
    let mut offers: Vec<OfferView> = rows.into_iter().map(|row| row.into_view(start)).collect::<Result<_>>()?;
    offers.sort_by(|a, b| a.costs.cost.xirr.total_cmp(&b.costs.cost.xirr));
    Ok(offers)
}

/// The bank's credit decision.
pub(super) async fn decision(tx: &Tx, case: CaseId) -> Result<Option<CreditDecision>> {
    let decision = credit_decision::Entity::find_by_id(case).one(tx).await?;
    Ok(decision.map(|decision| CreditDecision {
        approved: match decision.outcome {
            CreditOutcome::Approved => true,
            CreditOutcome::Refused => false,
        },
        code: decision.code.map(|code| code.code().to_owned()).unwrap_or_default(),
        sentence: decision.sentence.unwrap_or_default(),
        decided_at: decision.decided_at.timestamp(),
    }))
}

/// A page of the access log of the firm's data, the newest first, and the cursor of the next page. Reads of a category by
/// one person on one day are one row, so that repeated reads do not push others off the page.
async fn access_log(tx: &Tx, case: CaseId, before: Option<&str>) -> Result<(Vec<AccessLogRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct Row {
        at: DbInstant,
        last: String,
        times: i64,
        name_zh: String,
        name_en: String,
        who: Option<String>,
        category: DataCategory,
        purpose: ConsentPurpose,
    }
    let (before, limit) = (before.map(str::to_owned), paging::limit_plus_one(PAGE_SIZE));
    // The cursor is the last read of a row. Days are those of the city's calendar.
    let mut rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT g.*, o.name_zh, o.name_en, huimin_staff_name(g.account_id) AS who
               FROM (SELECT max(r.at) AS at, max(to_char(r.at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || r.id) AS last, count(*) AS times,
                            r.organisation_id, r.account_id, r.category, r.purpose
                       FROM finance_read r WHERE r.case_id = {case}
                      GROUP BY (r.at AT TIME ZONE 'Asia/Shanghai')::date, r.organisation_id, r.account_id, r.category, r.purpose) g
               JOIN organisation o ON o.id = g.organisation_id
              WHERE {before}::text IS NULL OR g.last < {before} ORDER BY g.last DESC LIMIT {limit}"
        ))
        .await?;
    let earlier = paging::take_page(&mut rows, PAGE_SIZE, |row| row.last.clone());
    let to_view = |row: Row| AccessLogRow {
        at: row.at.timestamp(),
        times: row.times,
        bank: Name { zh: row.name_zh, en: row.name_en },
        who: row.who.unwrap_or_default(),
        category: row.category,
        purpose: row.purpose,
    };
    Ok((rows.into_iter().map(to_view).collect(), earlier))
}
