//! Products (产品) of banks: a supervisor adds a product, changes its terms and quota, and starts or stops offering it.
//! Such changes do not affect the reservations of offers.

use super::{
    entity::{bank_product, bank_product_change},
    form_fields, product_views,
    stored_numbers::months_to_db,
};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::{Error, Result},
    store::{Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use shared::{
    FieldErrorKind, FormErrors, Problem,
    account::Permission,
    field,
    finance::{DayCount, Fen, Method, Rate, actions::ProductForm, money::MAX_FEN, view::ManagedProduct},
    ids::{OrganisationId, ProductId},
};

/// Access to the products of the actor's banks.
const VIEW: Access = Access::Staff(Permission::MakeOffers);
/// Access to changing them.
const MANAGE: Access = Access::Staff(Permission::DecideCredit);
/// The smallest amount: one yuan.
const MIN_AMOUNT: Fen = 100;
/// The longest term: fifty years.
const MAX_MONTHS: u32 = 600;
/// The most characters of a name.
const MAX_NAME: u32 = 40;

/// The products of the actor's banks, those on offer first.
///
/// # Errors
/// [`Problem::Forbidden`] for others than banks.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<ManagedProduct>> {
    store.gate.enter(VIEW, actor)?;
    let banks = actor.organisations_where(Permission::MakeOffers);
    product_views::list_managed(&store.read(actor).await?, &banks, None).await
}

/// One product of the actor's banks, to be changed.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::NotFound`].
pub async fn find(store: &Store, actor: &Actor, product: ProductId) -> Result<ManagedProduct> {
    store.gate.enter(MANAGE, actor)?;
    let banks = actor.organisations_where(Permission::DecideCredit);
    let found = product_views::list_managed(&store.read(actor).await?, &banks, Some(product)).await?.into_iter().next();
    Ok(found.ok_or(Problem::NotFound)?)
}

/// The terms of a product as read from the form.
struct ProductTerms {
    names: (String, String),
    amounts: (Fen, Fen),
    months: (u32, u32),
    methods: Vec<Method>,
    day_count: DayCount,
    rates: (Rate, Rate),
    quota: Fen,
}

/// Reads the form. Upper limits are checked against valid lower ones, the quota against its reserved and used part.
fn check(sent: &ProductForm, held: Fen) -> Result<ProductTerms> {
    let zero = Rate::from_units(0).map_err(|_| Error::Broken("zero is not a rate".to_owned()))?;
    let mut errors = FormErrors::default();
    let name = |typed: &str| form_fields::text(typed, 1, MAX_NAME);
    let name_zh = errors.take(field!(ProductForm, name_zh), name(&sent.name_zh));
    let name_en = errors.take(field!(ProductForm, name_en), name(&sent.name_en));
    let min = form_fields::amount(sent.min_amount.trim(), MIN_AMOUNT, MAX_FEN);
    let min = errors.take(field!(ProductForm, min_amount), min);
    let max = form_fields::amount(sent.max_amount.trim(), min.unwrap_or(MIN_AMOUNT), MAX_FEN);
    let max = errors.take(field!(ProductForm, max_amount), max);
    let shortest = form_fields::months(sent.min_months.trim(), 1, MAX_MONTHS);
    let shortest = errors.take(field!(ProductForm, min_months), shortest);
    let longest = form_fields::months(sent.max_months.trim(), shortest.unwrap_or(1), MAX_MONTHS);
    let longest = errors.take(field!(ProductForm, max_months), longest);
    // The error is shown at the first checkbox.
    let methods = errors.take(Method::EqualInstalment.code(), ticked_methods(sent));
    let day_count = errors.take(field!(ProductForm, day_count), form_fields::choice(sent.day_count.trim()));
    let lowest = errors.take(field!(ProductForm, min_rate), form_fields::rate(sent.min_rate.trim(), zero, None));
    let highest = form_fields::rate(sent.max_rate.trim(), lowest.unwrap_or(zero), None);
    let highest = errors.take(field!(ProductForm, max_rate), highest);
    let quota = errors.take(field!(ProductForm, quota), form_fields::amount(sent.quota.trim(), held, MAX_FEN));
    let terms = || {
        Some(ProductTerms {
            names: (name_zh?, name_en?),
            amounts: (min?, max?),
            months: (shortest?, longest?),
            methods: methods?,
            day_count: day_count?,
            rates: (lowest?, highest?),
            quota: quota?,
        })
    };
    Ok(errors.finish(terms())?)
}

fn ticked_methods(sent: &ProductForm) -> Result<Vec<Method>, FieldErrorKind> {
    let ticked = |method: &Method| sent.methods.get(method.code()).is_some_and(|value| !value.trim().is_empty());
    let methods: Vec<Method> = Method::ALL.iter().copied().filter(ticked).collect();
    if methods.is_empty() { Err(FieldErrorKind::Required) } else { Ok(methods) }
}

impl ProductTerms {
    /// The terms as recorded with a change.
    fn content(&self) -> Value {
        json!({
            "name_zh": self.names.0, "name_en": self.names.1, "amounts_fen": [self.amounts.0, self.amounts.1],
            "months": [self.months.0, self.months.1], "methods": self.methods, "day_count": self.day_count,
            "rates_percent": [self.rates.0.percent(), self.rates.1.percent()], "quota_fen": self.quota,
        })
    }

    /// The columns of the terms, to insert or update.
    fn columns(self) -> Result<bank_product::ActiveModel> {
        Ok(bank_product::ActiveModel {
            name_zh: Set(self.names.0),
            name_en: Set(self.names.1),
            min_fen: Set(self.amounts.0),
            max_fen: Set(self.amounts.1),
            min_months: Set(months_to_db(self.months.0)?),
            max_months: Set(months_to_db(self.months.1)?),
            methods: Set(self.methods),
            day_count: Set(self.day_count),
            min_rate: Set(self.rates.0.units()),
            max_rate: Set(self.rates.1.units()),
            quota_fen: Set(self.quota),
            ..Default::default()
        })
    }
}

/// Adds a product to the actor's bank.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::Invalid`] with the fields of [`ProductForm`]; an error of the methods as a whole is at
/// the first of [`Method::ALL`].
pub async fn add(store: &Store, actor: &Actor, sent: &ProductForm) -> Result<ProductId> {
    store.gate.enter(MANAGE, actor)?;
    let bank: OrganisationId =
        actor.organisations_where(Permission::DecideCredit).into_iter().next().ok_or(Problem::Forbidden)?;
    let terms = check(sent, 0)?;
    let tx = store.write(actor).await?;
    let id: ProductId = new_id();
    let content = terms.content();
    let product = bank_product::ActiveModel { id: Set(id), organisation_id: Set(bank), ..terms.columns()? };
    bank_product::Entity::insert(product).exec_without_returning(&tx).await?;
    record_change(&tx, actor, id, content).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes the terms of a product; existing offers on it stay as they are.
///
/// # Errors
/// As [`add`]; [`Problem::NotFound`] for another bank's product. The quota is never below its reserved and used part.
pub async fn update(store: &Store, actor: &Actor, product: ProductId, sent: &ProductForm) -> Result<()> {
    store.gate.enter(MANAGE, actor)?;
    let tx = store.write(actor).await?;
    let held = lock_product(&tx, actor, product).await?;
    let terms = check(sent, held)?;
    let content = terms.content();
    update_columns(&tx, product, terms.columns()?).await?;
    record_change(&tx, actor, product, content).await?;
    tx.commit().await
}

/// Starts or stops offering a product.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::NotFound`] for another bank's product.
pub async fn set_offered(store: &Store, actor: &Actor, product: ProductId, offered: bool) -> Result<()> {
    store.gate.enter(MANAGE, actor)?;
    let tx = store.write(actor).await?;
    lock_product(&tx, actor, product).await?;
    update_columns(&tx, product, bank_product::ActiveModel { offered: Set(offered), ..Default::default() }).await?;
    record_change(&tx, actor, product, json!({ "offered": offered })).await?;
    tx.commit().await
}

/// Locks a product of the actor's banks. Returns the reserved and used part of its quota, in fen.
async fn lock_product(tx: &Tx, actor: &Actor, product: ProductId) -> Result<Fen> {
    let banks = actor.organisations_where(Permission::DecideCredit);
    let held: Option<(Fen, Fen)> = bank_product::Entity::find_by_id(product)
        .filter(bank_product::Column::OrganisationId.is_in(banks))
        .lock_exclusive()
        .select_only()
        .columns([bank_product::Column::ReservedFen, bank_product::Column::UsedFen])
        .into_tuple()
        .one(tx)
        .await?;
    let (reserved, used) = held.ok_or(Problem::NotFound)?;
    Ok(reserved + used)
}

async fn update_columns(tx: &Tx, product: ProductId, columns: bank_product::ActiveModel) -> Result<()> {
    bank_product::Entity::update_many().set(columns).filter(bank_product::Column::Id.eq(product)).exec(tx).await?;
    Ok(())
}

/// Records the content of a product after a change and who changed it.
async fn record_change(tx: &Tx, actor: &Actor, product: ProductId, content: Value) -> Result<()> {
    let change = bank_product_change::ActiveModel {
        id: Set(new_id()),
        product_id: Set(product),
        actor_id: Set(actor.signed_in()?),
        content: Set(content),
        ..Default::default()
    };
    bank_product_change::Entity::insert(change).exec_without_returning(tx).await?;
    Ok(())
}
