//! Products (产品) as banks keep them: a supervisor adds one, changes what it allows and its quota, stops offering it.
//! What offers hold of a quota stays held, whatever changes.

use super::{demand, none_wrong, read};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    error::{Error, Result},
    store::{Tx, new_id},
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::{
    Complaint, Problem,
    account::Permission,
    finance::{DayCount, Fen, Method, Rate, money::MAX_FEN, view::KeptProduct},
    ids::{OrganisationId, ProductChangeId, ProductId},
};
use shared::{field, finance::actions::ProductForm};

/// Who may see what their bank offers.
const SEE: Access = Access::Staff(Permission::MakeOffers);
/// Who may change it.
const KEEP: Access = Access::Staff(Permission::DecideCredit);
/// The least amount, in fen: one yuan.
const LEAST: Fen = 100;
/// The longest term, in months: fifty years.
const MONTHS_MOST: u32 = 600;
/// Most characters of a name.
const NAME_MOST: u32 = 40;

#[derive(FromQueryResult)]
struct Kept {
    quota_fen: Fen,
    offered: bool,
    #[sea_orm(nested)]
    product: read::ProductRow,
}

/// The products of the actor's banks, those that are offered first.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<KeptProduct>> {
    store.gate.enter(SEE, actor)?;
    let banks = actor.organisations_where(Permission::MakeOffers);
    kept(&store.read(actor).await?, &banks, None).await
}

/// One of them, for whoever may change it.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::NotFound`].
pub async fn find(store: &Store, actor: &Actor, product: ProductId) -> Result<KeptProduct> {
    store.gate.enter(KEEP, actor)?;
    let banks = actor.organisations_where(Permission::DecideCredit);
    let found = kept(&store.read(actor).await?, &banks, Some(product)).await?.into_iter().next();
    Ok(found.ok_or(Problem::NotFound)?)
}

async fn kept(tx: &Tx, banks: &[OrganisationId], product: Option<ProductId>) -> Result<Vec<KeptProduct>> {
    let text = format!(
        "SELECT p.quota_fen, p.offered, {} FROM {}
          WHERE p.organisation_id = ANY($1) AND ($2::uuid IS NULL OR p.id = $2) ORDER BY p.offered DESC, b.code, p.name_zh",
        read::PRODUCT_COLUMNS,
        read::PRODUCTS
    );
    let rows: Vec<Kept> = tx.all(&text, [banks.to_vec().into(), product.into()]).await?;
    let view = |row: Kept| Ok(KeptProduct { product: row.product.view()?, quota_fen: row.quota_fen, offered: row.offered });
    rows.into_iter().map(view).collect()
}

/// What a product allows, as read from the form.
struct Allowed {
    names: (String, String),
    amounts: (Fen, Fen),
    months: (i32, i32),
    methods: Vec<String>,
    day_count: DayCount,
    rates: (Rate, Rate),
    quota: Fen,
}

fn name(typed: &str) -> Result<String, Complaint> {
    let name = typed.trim();
    match u32::try_from(name.chars().count()).unwrap_or(u32::MAX) {
        0 => Err(Complaint::Required),
        n if n > NAME_MOST => Err(Complaint::TooLong { max: NAME_MOST }),
        _ => Ok(name.to_owned()),
    }
}

fn rate(text: &str, least: Rate) -> Result<Rate, Complaint> {
    if text.is_empty() {
        return Err(Complaint::Required);
    }
    let found = Rate::parse_percent(text).map_err(|_| Complaint::NotACreditRate)?;
    if found.units() < least.units() { Err(Complaint::BelowLeast { least: format!("{} %", least.percent()) }) } else { Ok(found) }
}

/// The upper limits are held against the lower ones where those hold, and the quota against what is held of it.
fn read_form(sent: &ProductForm, held: Fen) -> Result<Allowed> {
    let none = Rate::from_units(0).map_err(|_| Error::Broken("zero is no rate".to_owned()))?;
    let (zh, en) = (name(&sent.name_zh), name(&sent.name_en));
    let min = demand::amount(sent.min_amount.trim(), LEAST, MAX_FEN);
    let max = demand::amount(sent.max_amount.trim(), *min.as_ref().unwrap_or(&LEAST), MAX_FEN);
    let shortest = demand::months(sent.min_months.trim(), 1, MONTHS_MOST);
    let least_months = shortest.as_ref().ok().and_then(|m| u32::try_from(*m).ok()).unwrap_or(1);
    let longest = demand::months(sent.max_months.trim(), least_months, MONTHS_MOST);
    let methods: Vec<String> = Method::ALL
        .iter()
        .map(|m| m.code())
        .filter(|code| sent.methods.get(*code).is_some_and(|ticked| !ticked.trim().is_empty()))
        .map(str::to_owned)
        .collect();
    let day_count = match sent.day_count.trim() {
        "" => Err(Complaint::Required),
        code => DayCount::parse(code).ok_or(Complaint::NotAnOption),
    };
    let lowest = rate(sent.min_rate.trim(), none);
    let highest = rate(sent.max_rate.trim(), *lowest.as_ref().unwrap_or(&none));
    let quota = demand::amount(sent.quota.trim(), held, MAX_FEN);
    none_wrong(&[
        (field!(ProductForm, name_zh), zh.as_ref().err().cloned()),
        (field!(ProductForm, name_en), en.as_ref().err().cloned()),
        (field!(ProductForm, min_amount), min.as_ref().err().cloned()),
        (field!(ProductForm, max_amount), max.as_ref().err().cloned()),
        (field!(ProductForm, min_months), shortest.as_ref().err().cloned()),
        (field!(ProductForm, max_months), longest.as_ref().err().cloned()),
        // At the first of the boxes.
        (Method::EqualInstalment.code(), methods.is_empty().then_some(Complaint::Required)),
        (field!(ProductForm, day_count), day_count.as_ref().err().cloned()),
        (field!(ProductForm, min_rate), lowest.as_ref().err().cloned()),
        (field!(ProductForm, max_rate), highest.as_ref().err().cloned()),
        (field!(ProductForm, quota), quota.as_ref().err().cloned()),
    ])?;
    let broken = |_| Error::Broken("a product that was checked does not hold".to_owned());
    Ok(Allowed {
        names: (zh.map_err(broken)?, en.map_err(broken)?),
        amounts: (min.map_err(broken)?, max.map_err(broken)?),
        months: (shortest.map_err(broken)?, longest.map_err(broken)?),
        methods,
        day_count: day_count.map_err(broken)?,
        rates: (lowest.map_err(broken)?, highest.map_err(broken)?),
        quota: quota.map_err(broken)?,
    })
}

impl Allowed {
    /// As written down.
    fn content(&self) -> Value {
        json!({
            "name_zh": self.names.0, "name_en": self.names.1, "amounts_fen": [self.amounts.0, self.amounts.1],
            "months": [self.months.0, self.months.1], "methods": self.methods, "day_count": self.day_count.code(),
            "rates_percent": [self.rates.0.percent(), self.rates.1.percent()], "quota_fen": self.quota,
        })
    }

    /// In the order of the statements below.
    fn values(&self) -> [sea_orm::Value; 11] {
        [
            self.names.0.clone().into(),
            self.names.1.clone().into(),
            self.amounts.0.into(),
            self.amounts.1.into(),
            self.months.0.into(),
            self.months.1.into(),
            self.methods.clone().into(),
            self.day_count.code().into(),
            self.rates.0.units().into(),
            self.rates.1.units().into(),
            self.quota.into(),
        ]
    }
}

/// Adds a product to the actor's bank.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::Invalid`] on `name_zh`, `name_en`, `min_amount`, `max_amount`, `min_months`,
/// `max_months`, the first of [`Method::ALL`] when none is ticked, `day_count`, `min_rate`, `max_rate`, `quota`.
pub async fn add(store: &Store, actor: &Actor, sent: &ProductForm) -> Result<ProductId> {
    store.gate.enter(KEEP, actor)?;
    let bank = actor.organisations_where(Permission::DecideCredit).into_iter().next().ok_or(Problem::Forbidden)?;
    let allowed = read_form(sent, 0)?;
    let tx = store.write(actor).await?;
    let id: ProductId = new_id();
    tx.run(
        "INSERT INTO bank_product (id, organisation_id, name_zh, name_en, min_fen, max_fen, min_months, max_months, methods, day_count,
             min_rate, max_rate, quota_fen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [id.into(), bank.into()].into_iter().chain(allowed.values()),
    )
    .await?;
    note(&tx, actor, id, allowed.content()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes what a product allows; offers that were made on it go on as they are.
///
/// # Errors
/// As [`add`]; [`Problem::NotFound`] for another bank's. The quota is never below what live and accepted offers hold and
/// what was paid out.
pub async fn change(store: &Store, actor: &Actor, product: ProductId, sent: &ProductForm) -> Result<()> {
    store.gate.enter(KEEP, actor)?;
    let tx = store.write(actor).await?;
    let held = hold(&tx, actor, product).await?;
    let allowed = read_form(sent, held)?;
    tx.run(
        "UPDATE bank_product SET name_zh = $2, name_en = $3, min_fen = $4, max_fen = $5, min_months = $6, max_months = $7,
             methods = $8, day_count = $9, min_rate = $10, max_rate = $11, quota_fen = $12 WHERE id = $1",
        [product.into()].into_iter().chain(allowed.values()),
    )
    .await?;
    note(&tx, actor, product, allowed.content()).await?;
    tx.commit().await
}

/// Offers a product again, or no more.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::NotFound`] for another bank's.
pub async fn offer(store: &Store, actor: &Actor, product: ProductId, offered: bool) -> Result<()> {
    store.gate.enter(KEEP, actor)?;
    let tx = store.write(actor).await?;
    hold(&tx, actor, product).await?;
    tx.run("UPDATE bank_product SET offered = $2 WHERE id = $1", [product.into(), offered.into()]).await?;
    note(&tx, actor, product, json!({ "offered": offered })).await?;
    tx.commit().await
}

/// Locks a product of the actor's banks; what of its quota is held, in fen.
async fn hold(tx: &Tx, actor: &Actor, product: ProductId) -> Result<Fen> {
    #[derive(FromQueryResult)]
    struct Row {
        held: Fen,
    }
    let banks = actor.organisations_where(Permission::DecideCredit);
    let row: Option<Row> = tx
        .one(
            "SELECT reserved_fen + used_fen AS held FROM bank_product WHERE id = $1 AND organisation_id = ANY($2) FOR UPDATE",
            [product.into(), banks.into()],
        )
        .await?;
    Ok(row.ok_or(Problem::NotFound)?.held)
}

/// Writes down what a product is from now on, and who changed it.
async fn note(tx: &Tx, actor: &Actor, product: ProductId, content: Value) -> Result<()> {
    tx.run(
        "INSERT INTO bank_product_change (id, product_id, actor_id, content) VALUES ($1, $2, $3, $4)",
        [new_id::<ProductChangeId>().into(), product.into(), actor.signed_in()?.into(), content.into()],
    )
    .await?;
    Ok(())
}
