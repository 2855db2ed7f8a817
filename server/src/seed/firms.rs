//! Firms, bank products and open demands of the demo city. Names of firms are invented; their codes are in the range
//! reserved for demos and their legal representatives are demo residents.

use super::{
    block::{Block, Resident},
    cases::settle_notices,
    organisations::BANKS,
    people::PEOPLE,
    residents::AccountHolder,
    rng::Rng,
    support::{demo_id, sql_error},
};
use crate::{
    Actor, AppState,
    error::{Error, Result},
    finance::{
        demand::{self, NewDemand},
        enterprise,
    },
    registry::read::index_of,
    vault::Vault,
};
use jiff::{ToSpan, civil::Date};
use shared::{
    account::demo,
    finance::codes::{Collateral, LoanPurpose},
    ids::{OrganisationId, ProductId},
    registry::status::ResidentStatus,
};
use sqlx::{PgConnection, PgPool};

/// The number of firms.
pub(super) const FIRMS: usize = 200;
/// The named people who own a business (刘洋 and 张伟), as indexes into [`PEOPLE`].
const OWNERS: [usize; 2] = [3, 4];
/// The number of demands that are published.
const DEMANDS: usize = 8;

/// The first part of a firm's name, and the second part with its section of GB/T 4754.
#[rustfmt::skip]
const FIRST: &[&str] = &["楚兴", "江诚", "东湖源", "鹤鸣", "汉韵", "晴川", "三镇", "珞珈", "云梦泽", "金银湖", "沙湖", "南湖", "月湖", "汉口里", "光谷行"];
#[rustfmt::skip]
const TRADES: &[(&str, &str)] = &[
    ("精密机械", "C"), ("食品", "C"), ("服装", "C"), ("建材商贸", "F"), ("百货", "F"), ("冷链物流", "G"), ("餐饮管理", "H"),
    ("软件", "I"), ("设备租赁", "L"), ("检测技术", "M"), ("家政服务", "O"), ("文化传播", "R"),
];
const GRADES: &[(u32, &str)] = &[(30, "A"), (45, "B"), (15, "M"), (8, "C"), (2, "D")];

/// A firm of the register of legal entities.
pub(super) struct Firm<'a> {
    pub(super) code: String,
    name: String,
    owner: &'a Resident,
    registered_on: Date,
    industry: &'static str,
    capital_fen: i64,
    grade: &'static str,
    tax_fen: i64,
    insured: i32,
}

fn is_adult(r: &Resident) -> bool {
    r.status == ResidentStatus::Alive && (25..65).contains(&r.age())
}

/// Every firm: first those of the named people, then those of account holders, then the others.
pub(super) fn all<'a>(block: &'a Block, holders: &[AccountHolder], today: Date) -> Result<Vec<Firm<'a>>> {
    let cast = OWNERS.iter().filter_map(|place| block.residents.get(*place));
    let rest = || block.residents.iter().skip(PEOPLE.len()).filter(|r| is_adult(r));
    let holds = |r: &&Resident| holders.iter().any(|h| h.account.person.is_some() && h.resident.id == r.id);
    let owners = cast.chain(rest().filter(holds)).chain(rest().filter(|r| !holds(r)));
    let firm = |(number, owner): (u32, &'a Resident)| -> Result<Firm<'a>> {
        let mut rng = Rng::new(u64::from(number) + 2_000_000_000);
        let (trade, industry) = rng.pick(TRADES).copied().unwrap_or(("百货", "F"));
        let first = rng.pick(FIRST).copied().unwrap_or("楚兴");
        let years = rng.between(1, 18);
        Ok(Firm {
            code: demo::uscc(number).map_err(|e| Error::Broken(e.to_string()))?.as_str().to_owned(),
            // The number makes names unique, as the register requires within a place.
            name: format!("武汉{first}{trade}{number}号有限公司（演示）"),
            owner,
            registered_on: today.checked_sub((i64::from(years) * 365 + i64::from(rng.below(365))).days()).unwrap_or(today),
            industry,
            capital_fen: i64::from(rng.between(5, 500)) * 10_000 * 100 * 2,
            grade: rng.weighted(GRADES).copied().unwrap_or("M"),
            tax_fen: i64::from(rng.between(2, 900)) * 123_456,
            insured: i32::try_from(rng.between(1, 120)).unwrap_or(1),
        })
    };
    (1..).zip(owners.take(FIRMS)).map(firm).collect()
}

/// Inserts the missing entries of the register of legal entities.
pub(super) async fn register(owner: &PgPool, vault: &Vault, firms: &[Firm<'_>], today: Date) -> Result<()> {
    let mut tx = owner.begin().await.map_err(sql_error)?;
    for firm in firms {
        sqlx::query(
            "INSERT INTO register.legal_entity (code, name, representative_index, registered_on, district, industry, address,
                 capital_fen, status, tax_grade, tax_paid_fen, insured, as_of)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        )
        .bind(&firm.code)
        .bind(&firm.name)
        .bind(index_of(vault, &firm.owner.id))
        .bind(crate::store::to_db_date(firm.registered_on))
        .bind(firm.owner.home.district.code)
        .bind(firm.industry)
        .bind(format!("{}{}{}", firm.owner.home.district.zh, firm.owner.home.street, firm.owner.home.address))
        .bind(firm.capital_fen)
        .bind(firm.grade)
        .bind(firm.tax_fen)
        .bind(firm.insured)
        .bind(crate::store::to_db_date(today))
        .execute(&mut *tx)
        .await
        .map_err(sql_error)?;
    }
    tx.commit().await.map_err(sql_error)
}

/// A template of a product; every bank has one of each with its own rates.
struct ProductTemplate {
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    yuan: (i64, i64),
    months: (i32, i32),
    methods: &'static [&'static str],
    day_count: &'static str,
    /// Rates in 0.01 % per year at the first bank.
    rates: (i64, i64),
    /// The quota in yuan.
    quota: i64,
}

#[rustfmt::skip]
const PRODUCT_TEMPLATES: &[ProductTemplate] = &[
    ProductTemplate { code: "credit", zh: "小微信用贷", en: "Small-firm credit", yuan: (10_000, 5_000_000), months: (3, 36),
        methods: &["equal_instalment", "equal_principal", "interest_only"], day_count: "30/360", rates: (300, 720), quota: 200_000_000 },
    ProductTemplate { code: "secured", zh: "抵押经营贷", en: "Secured business loan", yuan: (100_000, 30_000_000), months: (6, 120),
        methods: &["equal_instalment", "equal_principal", "interest_only"], day_count: "ACT/360", rates: (270, 560), quota: 500_000_000 },
    ProductTemplate { code: "orders", zh: "订单融资", en: "Order financing", yuan: (50_000, 10_000_000), months: (1, 12),
        methods: &["bullet", "interest_only"], day_count: "ACT/365", rates: (320, 640), quota: 120_000_000 },
];

/// Inserts the missing products.
pub(super) async fn products(connection: &mut PgConnection) -> Result<()> {
    for (step, bank) in (0_i64..).zip(BANKS) {
        for template in PRODUCT_TEMPLATES {
            sqlx::query(
                "INSERT INTO bank_product (id, organisation_id, name_zh, name_en, min_fen, max_fen, min_months, max_months, methods,
                     day_count, min_rate, max_rate, quota_fen)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
            )
            .bind(demo_id::<ProductId>("product", &format!("{}-{}", bank.0, template.code)).uuid())
            .bind(demo_id::<OrganisationId>("organisation", bank.0).uuid())
            .bind(template.zh)
            .bind(template.en)
            .bind(template.yuan.0 * 100)
            .bind(template.yuan.1 * 100)
            .bind(template.months.0)
            .bind(template.months.1)
            .bind(template.methods)
            .bind(template.day_count)
            .bind((template.rates.0 + 5 * step) * 10_000)
            .bind((template.rates.1 + 5 * step) * 10_000)
            .bind(template.quota * 100)
            .execute(&mut *connection)
            .await
            .map_err(sql_error)?;
        }
    }
    Ok(())
}

/// Publishes demands of some firms by the regular functions, unless there are any.
pub(super) async fn demands(owner: &PgPool, state: &AppState, firms: &[Firm<'_>], holders: &[AccountHolder]) -> Result<()> {
    let existing: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM demand)").fetch_one(owner).await.map_err(sql_error)?;
    if existing {
        return Ok(());
    }
    let others = firms.iter().skip(OWNERS.len());
    let runs = others.filter_map(|firm| Some((firm, holders.iter().find(|h| h.resident.id == firm.owner.id)?)));
    let mut made = Vec::new();
    for (number, (firm, holder)) in (0_u64..).zip(runs.take(DEMANDS)) {
        let mut rng = Rng::new(number + 3_000_000_000);
        let person = Actor { account: Some(holder.account.id), person: holder.account.person, ..Actor::default() };
        let enterprise = enterprise::register_representation(state, &person, &firm.code).await?;
        let actor = Actor { enterprise: Some(enterprise), ..person };
        let demand_form = NewDemand {
            amount: (rng.between(5, 300) * 10_000).to_string(),
            months: (rng.between(1, 6) * 6).to_string(),
            purpose: rng.pick(LoanPurpose::ALL).copied().unwrap_or(LoanPurpose::Orders).to_string(),
            collateral: rng.pick(Collateral::ALL).copied().unwrap_or(Collateral::None).to_string(),
            story: "订单增加，需要周转资金采购原材料，预计三个月回款。".to_owned(),
        };
        made.push(demand::publish(&state.store, &actor, &demand_form, &format!("seed-demand-{number}")).await?.number);
    }
    settle_notices(owner, &made).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{population::Population, residents};
    use jiff::civil::date;

    #[test]
    fn there_are_200_firms_with_codes_and_names_of_their_own() {
        let block = Population::default().next().unwrap().unwrap();
        let holders = residents::all(&block).unwrap();
        let firms = all(&block, &holders, date(2026, 11, 1)).unwrap();
        assert_eq!(firms.len(), FIRMS);
        for (at, firm) in firms.iter().enumerate() {
            assert!(demo::is_demo_uscc(&shared::account::Uscc::parse(&firm.code).unwrap()));
            assert!(firms[at + 1..].iter().all(|other| other.code != firm.code && other.name != firm.name));
        }
        assert_eq!((firms[0].owner.name.as_str(), firms[1].owner.name.as_str()), ("刘洋", "张伟"));
        assert!(holders.iter().filter(|h| firms.iter().skip(2).any(|f| f.owner.id == h.resident.id)).count() >= DEMANDS);
    }
}
