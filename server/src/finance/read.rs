//! Rows of demands and offers, read into what is shown.

use super::{enterprise, months};
use crate::{
    account::actor::Actor,
    cases::{self, CaseRow},
    error::{Error, Result},
    paging,
    store::{Tx, civil, moment},
};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    finance::{
        DayCount, Fen, Method, Rate, Terms,
        life::PUBLISHED,
        view::{Asked, BankConsent, CreditDecision, DemandRow, DemandView, Name, OfferView, Product, ReadRow},
    },
    ids::{CaseId, EnterpriseId, OfferId, OrganisationId, ProductId},
};
use time::OffsetDateTime;

/// Rows of a page of demands, and of reads.
const PAGE: usize = 50;

#[derive(FromQueryResult)]
pub(super) struct AskedRow {
    amount_fen: Fen,
    months: i32,
    purpose: String,
    collateral: String,
    district: String,
    industry: String,
    registered_on: time::Date,
}

impl AskedRow {
    pub(super) fn view(self) -> Result<Asked> {
        Ok(Asked {
            amount_fen: self.amount_fen,
            months: months(self.months)?,
            purpose: self.purpose,
            collateral: self.collateral,
            district: self.district,
            industry: self.industry,
            registered_on: civil(self.registered_on),
        })
    }
}

const ASKED: &str = "d.amount_fen, d.months, d.purpose, d.collateral, d.district, d.industry, d.registered_on";

/// What a demand asks for, and when it was paid out.
pub(super) async fn asked(tx: &Tx, case: CaseId) -> Result<(Asked, Option<Date>)> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        asked: AskedRow,
        disbursed_on: Option<time::Date>,
    }
    let row: Option<Row> =
        tx.one(&format!("SELECT {ASKED}, d.disbursed_on FROM demand d WHERE d.case_id = $1"), [case.into()]).await?;
    let row = row.ok_or(Problem::NotFound)?;
    Ok((row.asked.view()?, row.disbursed_on.map(civil)))
}

/// A page of the demands of a firm, the newest first, and where the next begins.
pub(super) async fn demands_of(tx: &Tx, firm: EnterpriseId, after: Option<CaseId>) -> Result<(Vec<DemandRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct Row {
        case_id: CaseId,
        number: String,
        opened_at: OffsetDateTime,
        state: String,
        offers: i64,
        #[sea_orm(nested)]
        asked: AskedRow,
    }
    let mut rows: Vec<Row> = tx
        .all(
            &format!(
                "SELECT d.case_id, c.number, c.opened_at, c.state, {ASKED},
                     (SELECT count(*) FROM offer o WHERE o.case_id = d.case_id AND o.outcome IS NULL) AS offers
                   FROM demand d JOIN cases c ON c.id = d.case_id
                  WHERE d.enterprise_id = $1 AND ($2::uuid IS NULL OR d.case_id < $2) ORDER BY d.case_id DESC LIMIT $3"
            ),
            [firm.into(), after.into(), paging::limit_plus_one(PAGE).into()],
        )
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.case_id.to_string());
    let shown = |row: Row| {
        Ok(DemandRow {
            number: Some(row.number),
            key: row.case_id,
            opened_at: moment(row.opened_at),
            asked: row.asked.view()?,
            state: row.state,
            offers: row.offers,
        })
    };
    Ok((rows.into_iter().map(shown).collect::<Result<_>>()?, next))
}

/// A demand for its firm, with the reads before a line of theirs.
pub(super) async fn demand(tx: &Tx, actor: &Actor, case: &CaseRow, before: Option<&str>) -> Result<DemandView> {
    let shown = cases::own_view(tx, actor, case).await?;
    let today = tx.now().await?.today();
    let (asked, disbursed_on) = asked(tx, case.id).await?;
    let (reads, earlier) = reads(tx, case.id, before).await?;
    Ok(DemandView {
        number: case.number.clone(),
        version: case.version,
        state: case.state.clone(),
        enterprise: firm_of(tx, case.id).await?,
        asked,
        story: story(tx, case.id).await?,
        banks: banks(tx, case).await?,
        offers: offers(tx, case.id, None, disbursed_on.unwrap_or(today)).await?,
        decision: decision(tx, case.id).await?,
        disbursed_on,
        reads,
        earlier,
        allowed: shown.allowed.into_iter().map(|a| a.action).collect(),
        clocks: shown.clocks,
        timeline: shown.timeline,
        today,
    })
}

async fn firm_of(tx: &Tx, case: CaseId) -> Result<shared::finance::view::Enterprise> {
    let row: Option<enterprise::Row> = tx
        .one(
            "SELECT e.id, e.code, e.name, e.district, e.industry, e.registered_on
               FROM demand d JOIN enterprise e ON e.id = d.enterprise_id WHERE d.case_id = $1",
            [case.into()],
        )
        .await?;
    Ok(row.ok_or(Problem::NotFound)?.view())
}

async fn story(tx: &Tx, case: CaseId) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Row {
        story: String,
    }
    let row: Option<Row> = tx.one("SELECT story FROM demand_detail WHERE case_id = $1", [case.into()]).await?;
    Ok(row.map(|r| r.story).unwrap_or_default())
}

/// Every bank while offers are open, then those with a part in the case.
async fn banks(tx: &Tx, case: &CaseRow) -> Result<Vec<BankConsent>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: OrganisationId,
        name_zh: String,
        name_en: String,
        categories: Vec<String>,
        until: Vec<time::Date>,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT o.id, o.name_zh, o.name_en,
                 coalesce(array_agg(k.category ORDER BY k.category) FILTER (WHERE k.id IS NOT NULL), '{}') AS categories,
                 coalesce(array_agg(k.expires_on ORDER BY k.category) FILTER (WHERE k.id IS NOT NULL), '{}') AS until
               FROM organisation o LEFT JOIN finance_consent k
                 ON k.organisation_id = o.id AND k.case_id = $1 AND finance_consent_holds(k)
              WHERE o.kind = 'bank' AND ($2 OR o.id = ANY($3)) GROUP BY o.id ORDER BY o.code",
            [case.id.into(), (case.state == PUBLISHED.0).into(), case.joined.clone().into()],
        )
        .await?;
    let shown = |row: Row| {
        let until = row.until.into_iter().map(civil);
        let given = row.categories.into_iter().zip(until).collect();
        BankConsent { id: row.id, bank: Name { zh: row.name_zh, en: row.name_en }, given }
    };
    Ok(rows.into_iter().map(shown).collect())
}

#[derive(FromQueryResult)]
struct OfferRow {
    id: OfferId,
    bank_zh: String,
    bank_en: String,
    product_zh: String,
    product_en: String,
    amount_fen: Fen,
    months: i32,
    method: String,
    annual_rate: i64,
    day_count: String,
    grace_months: i32,
    service_fee_fen: Fen,
    guarantee_fen: Fen,
    conditions: String,
    valid_until: time::Date,
    made_at: OffsetDateTime,
    outcome: Option<String>,
}

impl OfferRow {
    fn terms(&self) -> Result<Terms> {
        let broken = || Error::Broken(format!("offer {} does not read", self.id));
        Ok(Terms {
            amount_fen: self.amount_fen,
            months: months(self.months)?,
            method: Method::parse(&self.method).ok_or_else(broken)?,
            annual_rate: Rate::from_units(self.annual_rate).map_err(|_| broken())?,
            day_count: DayCount::parse(&self.day_count).ok_or_else(broken)?,
            grace_months: months(self.grace_months)?,
            service_fee_fen: self.service_fee_fen,
            guarantee_fen: self.guarantee_fen,
        })
    }

    fn view(self, start: Date) -> Result<OfferView> {
        let terms = self.terms()?;
        let reckoned = terms.reckon(start).map_err(|fault| Error::Broken(format!("offer {}: {fault}", self.id)))?;
        Ok(OfferView {
            id: self.id,
            bank: Name { zh: self.bank_zh, en: self.bank_en },
            product: Name { zh: self.product_zh, en: self.product_en },
            terms,
            reckoned,
            conditions: self.conditions,
            valid_until: civil(self.valid_until),
            made_at: moment(self.made_at),
            outcome: self.outcome,
        })
    }
}

/// Offers to a demand, of one bank or of all, the cheapest first; reckoned as if paid out on `start`.
pub(super) async fn offers(tx: &Tx, case: CaseId, bank: Option<OrganisationId>, start: Date) -> Result<Vec<OfferView>> {
    let rows: Vec<OfferRow> = tx
        .all(
            "SELECT o.id, b.name_zh AS bank_zh, b.name_en AS bank_en, p.name_zh AS product_zh, p.name_en AS product_en,
                 o.amount_fen, o.months, o.method, o.annual_rate, o.day_count, o.grace_months, o.service_fee_fen,
                 o.guarantee_fen, o.conditions, o.valid_until, o.made_at, o.outcome
               FROM offer o JOIN organisation b ON b.id = o.organisation_id JOIN bank_product p ON p.id = o.product_id
              WHERE o.case_id = $1 AND ($2::uuid IS NULL OR o.organisation_id = $2) ORDER BY o.id DESC",
            [case.into(), bank.into()],
        )
        .await?;
    let mut offers: Vec<OfferView> = rows.into_iter().map(|row| row.view(start)).collect::<Result<_>>()?;
    offers.sort_by(|a, b| a.reckoned.cost.xirr.total_cmp(&b.reckoned.cost.xirr));
    Ok(offers)
}

/// What the bank decided.
pub(super) async fn decision(tx: &Tx, case: CaseId) -> Result<Option<CreditDecision>> {
    #[derive(FromQueryResult)]
    struct Row {
        outcome: String,
        code: Option<String>,
        sentence: Option<String>,
        decided_at: OffsetDateTime,
    }
    let row: Option<Row> =
        tx.one("SELECT outcome, code, sentence, decided_at FROM credit_decision WHERE case_id = $1", [case.into()]).await?;
    Ok(row.map(|row| CreditDecision {
        approved: row.outcome == "approved",
        code: row.code.unwrap_or_default(),
        sentence: row.sentence.unwrap_or_default(),
        decided_at: moment(row.decided_at),
    }))
}

/// Who read the firm's data, the newest first: what one person read of a category on a day is one line, so that reading
/// again pushes nobody out of sight. And where the lines before them begin.
async fn reads(tx: &Tx, case: CaseId, before: Option<&str>) -> Result<(Vec<ReadRow>, Option<String>)> {
    #[derive(FromQueryResult)]
    struct Row {
        at: OffsetDateTime,
        last: String,
        times: i64,
        name_zh: String,
        name_en: String,
        who: Option<String>,
        category: String,
        purpose: String,
    }
    // A line is known by its last read, a day by the city's calendar.
    let mut rows: Vec<Row> = tx
        .all(
            "SELECT g.*, o.name_zh, o.name_en, huimin_staff_name(g.account_id) AS who
               FROM (SELECT max(r.at) AS at, max(to_char(r.at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || r.id) AS last, count(*) AS times,
                            r.organisation_id, r.account_id, r.category, r.purpose
                       FROM finance_read r WHERE r.case_id = $1
                      GROUP BY (r.at AT TIME ZONE 'Asia/Shanghai')::date, r.organisation_id, r.account_id, r.category, r.purpose) g
               JOIN organisation o ON o.id = g.organisation_id
              WHERE $2::text IS NULL OR g.last < $2 ORDER BY g.last DESC LIMIT $3",
            [case.into(), before.map(str::to_owned).into(), paging::limit_plus_one(PAGE).into()],
        )
        .await?;
    let earlier = paging::take_page(&mut rows, PAGE, |row| row.last.clone());
    let shown = |row: Row| ReadRow {
        at: moment(row.at),
        times: row.times,
        bank: Name { zh: row.name_zh, en: row.name_en },
        who: row.who.unwrap_or_default(),
        category: row.category,
        purpose: row.purpose,
    };
    Ok((rows.into_iter().map(shown).collect(), earlier))
}

/// A product as stored.
#[derive(FromQueryResult)]
pub(super) struct ProductRow {
    pub(super) id: ProductId,
    bank_zh: String,
    bank_en: String,
    name_zh: String,
    name_en: String,
    pub(super) min_fen: Fen,
    pub(super) max_fen: Fen,
    pub(super) min_months: i32,
    pub(super) max_months: i32,
    pub(super) methods: Vec<String>,
    pub(super) day_count: String,
    pub(super) min_rate: i64,
    pub(super) max_rate: i64,
    free_fen: Fen,
}

pub(super) const PRODUCT_COLUMNS: &str = "p.id, b.name_zh AS bank_zh, b.name_en AS bank_en, p.name_zh, p.name_en, p.min_fen, p.max_fen,
    p.min_months, p.max_months, p.methods, p.day_count, p.min_rate, p.max_rate, p.quota_fen - p.reserved_fen - p.used_fen AS free_fen";
pub(super) const PRODUCTS: &str = "bank_product p JOIN organisation b ON b.id = p.organisation_id";

impl ProductRow {
    pub(super) fn view(self) -> Result<Product> {
        let broken = |_| Error::Broken("a product does not read".to_owned());
        Ok(Product {
            id: self.id,
            bank: Name { zh: self.bank_zh, en: self.bank_en },
            name: Name { zh: self.name_zh, en: self.name_en },
            amounts: (self.min_fen, self.max_fen),
            months: (months(self.min_months)?, months(self.max_months)?),
            methods: self.methods.iter().filter_map(|m| Method::parse(m)).collect(),
            day_count: DayCount::parse(&self.day_count).ok_or_else(|| Error::Broken("a product without a day count".into()))?,
            rates: (Rate::from_units(self.min_rate).map_err(broken)?, Rate::from_units(self.max_rate).map_err(broken)?),
            free_fen: self.free_fen,
        })
    }
}

/// A product that this bank offers.
pub(super) async fn product(tx: &Tx, bank: OrganisationId, product: ProductId) -> Result<ProductRow> {
    let text = format!("SELECT {PRODUCT_COLUMNS} FROM {PRODUCTS} WHERE p.id = $1 AND p.organisation_id = $2 AND p.offered");
    let row: Option<ProductRow> = tx.one(&text, [product.into(), bank.into()]).await?;
    row.ok_or_else(|| Problem::field("product", Complaint::NotAnOption).into())
}

/// The products that a bank offers, or that all do.
pub(super) async fn products(tx: &Tx, bank: Option<OrganisationId>) -> Result<Vec<Product>> {
    let text = format!(
        "SELECT {PRODUCT_COLUMNS} FROM {PRODUCTS}
          WHERE p.offered AND ($1::uuid IS NULL OR p.organisation_id = $1) ORDER BY b.code, p.name_zh"
    );
    let rows: Vec<ProductRow> = tx.all(&text, [bank.into()]).await?;
    rows.into_iter().map(ProductRow::view).collect()
}
