//! Offers (报价): made and withdrawn by banks, one accepted by the firm. What is promised is reserved of the product's
//! quota, and given back once. Locks are taken in one order: demand, offer, product.

use super::{
    bank_name, bank_of,
    consent::{self, Whose},
    demand, facts, firm, lapse, months, none_wrong, read, release,
};
use crate::{
    AppState,
    cases::{Assign, Change, Effect},
    error::{Error, Result},
    notices::notify,
    store::{Tx, new_id, stored},
};
use jiff::{ToSpan, civil::Date};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    Complaint, Problem,
    finance::{
        DayCount, Fen, Method, Rate, Terms,
        life::{FINANCING, FINANCING_DAYS, TAKE_OFFER},
        money::MAX_FEN,
    },
    ids::{AccountId, CaseId, OfferId, OrganisationId, ProductId},
};
use shared::{
    cases::action::required_choice,
    field,
    finance::actions::{LapseOffers, MakeOffer, TakeOffer, WithdrawOffer},
};

/// How long an offer may hold, in days.
const VALID_MOST: i64 = 90;
/// Characters of a bank's conditions.
const CONDITIONS_MOST: usize = 1000;

fn optional<T>(text: &str, none: T, read: impl FnOnce(&str) -> Result<T, Complaint>) -> Result<T, Complaint> {
    if text.is_empty() { Ok(none) } else { read(text) }
}

/// What was offered, read from the form and held against the product.
struct Offered {
    terms: Terms,
    conditions: String,
    valid_until: Date,
}

fn rate(text: &str, product: &read::ProductRow) -> Result<Rate, Complaint> {
    if text.is_empty() {
        return Err(Complaint::Required);
    }
    let found = Rate::parse_percent(text).map_err(|_| Complaint::NotACreditRate)?;
    let percent = |units: i64| Rate::from_units(units).map(Rate::percent).unwrap_or_default() + " %";
    match found.units() {
        low if low < product.min_rate => Err(Complaint::BelowLeast { least: percent(product.min_rate) }),
        high if high > product.max_rate => Err(Complaint::AboveMost { most: percent(product.max_rate) }),
        _ => Ok(found),
    }
}

fn method(text: &str, product: &read::ProductRow) -> Result<Method, Complaint> {
    if text.is_empty() {
        return Err(Complaint::Required);
    }
    Method::parse(text).filter(|m| product.methods.iter().any(|p| p == m.code())).ok_or(Complaint::NotAnOption)
}

fn valid_until(text: &str, today: Date) -> Result<Date, Complaint> {
    if text.is_empty() {
        return Err(Complaint::Required);
    }
    let day: Date = text.parse().map_err(|_| Complaint::NotADate)?;
    let last = today.checked_add(VALID_MOST.days()).unwrap_or(today);
    if day < today {
        Err(Complaint::DateBefore { first: today.to_string() })
    } else if day > last {
        Err(Complaint::DateAfter { last: last.to_string() })
    } else {
        Ok(day)
    }
}

fn read_form(input: &MakeOffer, product: &read::ProductRow, today: Date) -> Result<Offered> {
    let (least, most) = (months(product.min_months)?, months(product.max_months)?);
    let amount = demand::amount(input.amount.trim(), product.min_fen, product.max_fen);
    let term = demand::months(input.months.trim(), least, most);
    let rate = rate(input.rate.trim(), product);
    let method = method(input.method.trim(), product);
    let fee = |typed: &str| optional(typed.trim(), 0, |t| demand::amount(t, 0, MAX_FEN));
    let (service, guarantee) = (fee(&input.service_fee), fee(&input.guarantee));
    let longest = term.as_ref().ok().and_then(|m| u32::try_from(*m).ok()).unwrap_or(least).saturating_sub(1);
    let grace = optional(input.grace.trim(), 0, |t| demand::months(t, 0, longest));
    let until = valid_until(input.valid_until.trim(), today);
    let conditions = input.conditions.trim().to_owned();
    let long = conditions.chars().nth(CONDITIONS_MOST).map(|_| Complaint::TooLong { max: 1000 });
    none_wrong(&[
        (field!(MakeOffer, amount), amount.as_ref().err().cloned()),
        (field!(MakeOffer, months), term.as_ref().err().cloned()),
        (field!(MakeOffer, method), method.as_ref().err().cloned()),
        (field!(MakeOffer, rate), rate.as_ref().err().cloned()),
        (field!(MakeOffer, grace), grace.as_ref().err().cloned()),
        (field!(MakeOffer, service_fee), service.as_ref().err().cloned()),
        (field!(MakeOffer, guarantee), guarantee.as_ref().err().cloned()),
        (field!(MakeOffer, valid_until), until.as_ref().err().cloned()),
        (field!(MakeOffer, conditions), long),
    ])?;
    let broken = |_| Error::Broken("an offer that was checked does not hold".to_owned());
    let terms = Terms {
        amount_fen: amount.map_err(broken)?,
        months: months(term.map_err(broken)?)?,
        method: method.map_err(broken)?,
        annual_rate: rate.map_err(broken)?,
        day_count: DayCount::parse(&product.day_count).ok_or_else(|| Error::Broken("a product without a day count".into()))?,
        grace_months: months(grace.map_err(broken)?)?,
        service_fee_fen: service.map_err(broken)?,
        guarantee_fen: guarantee.map_err(broken)?,
    };
    if terms.service_fee_fen.saturating_add(terms.guarantee_fen) >= terms.amount_fen {
        return Err(Problem::field("service_fee", Complaint::FeesTooHigh).into());
    }
    // What has no annual cost cannot be compared, so it is no offer.
    terms.reckon(today).map_err(|_| Problem::field("rate", Complaint::NotACreditRate))?;
    Ok(Offered { terms, conditions, valid_until: until.map_err(broken)? })
}

/// A bank makes an offer on one of its products (`product`); what it promises is reserved.
pub(crate) async fn make(change: &Change<'_>, input: &MakeOffer) -> Result<Effect> {
    let tx = change.tx;
    let bank = bank_of(change.actor, change.case)?;
    if !consent::holds(tx, change.case.id, bank).await? {
        return Err(Problem::Forbidden.into());
    }
    let product = read::product(tx, bank, required_choice(field!(MakeOffer, product), &input.product)?).await?;
    let offered = read_form(input, &product, change.now.today())?;
    let Offered { terms, conditions, valid_until } = offered;
    let id: OfferId = new_id();
    let stored_months = |m: u32| i32::try_from(m).map_err(|_| Error::Broken(format!("{m} months")));
    let made = tx
        .run(
            "INSERT INTO offer (id, case_id, organisation_id, product_id, amount_fen, months, method, annual_rate, day_count,
                 grace_months, service_fee_fen, guarantee_fen, conditions, valid_until, made_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (case_id, organisation_id) WHERE outcome IS NULL DO NOTHING",
            [
                id.into(),
                change.case.id.into(),
                bank.into(),
                product.id.into(),
                terms.amount_fen.into(),
                stored_months(terms.months)?.into(),
                terms.method.code().into(),
                terms.annual_rate.units().into(),
                terms.day_count.code().into(),
                stored_months(terms.grace_months)?.into(),
                terms.service_fee_fen.into(),
                terms.guarantee_fen.into(),
                conditions.into(),
                stored(valid_until).into(),
                change.actor.signed_in()?.into(),
            ],
        )
        .await?;
    if made == 0 {
        return Err(Problem::field("product", Complaint::OfferStands).into());
    }
    let reserved = tx
        .run(
            "UPDATE bank_product SET reserved_fen = reserved_fen + $2
              WHERE id = $1 AND reserved_fen + used_fen + $2 <= quota_fen",
            [product.id.into(), terms.amount_fen.into()],
        )
        .await?;
    if reserved == 0 {
        return Err(Problem::field("amount", Complaint::QuotaUsedUp).into());
    }
    let name = bank_name(tx, bank).await?;
    Ok(Effect { facts: facts(&json!({ "bank_zh": name.name_zh, "bank_en": name.name_en })), ..Effect::default() })
}

/// A bank takes its live offer back.
pub(crate) async fn withdraw(change: &Change<'_>, _: &WithdrawOffer) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let ended = end(change.tx, change.case.id, Some(bank), "withdrawn").await?;
    if ended.is_empty() {
        return Err(Problem::field("", Complaint::OfferEnded).into());
    }
    let name = bank_name(change.tx, bank).await?;
    Ok(Effect { facts: facts(&json!({ "bank_zh": name.name_zh, "bank_en": name.name_en })), ..Effect::default() })
}

#[derive(FromQueryResult)]
struct Taken {
    organisation_id: OrganisationId,
    made_by: AccountId,
    amount_fen: Fen,
}

/// The firm accepts one offer (`offer`). In the same transaction the others are declined, their banks leave, and what they
/// could read ends; the officers who made the offers are told, none of them of another's.
pub(crate) async fn take(change: &Change<'_>, input: &TakeOffer) -> Result<Effect> {
    let firm = firm(change).await?;
    let wanted: OfferId = required_choice(field!(TakeOffer, offer), &input.offer)?;
    let taken: Option<Taken> = change
        .tx
        .one(
            "UPDATE offer SET outcome = 'accepted', ended_at = huimin_now()
              WHERE id = $1 AND case_id = $2 AND outcome IS NULL AND valid_until >= huimin_today()
                AND finance_consented(case_id, organisation_id)
              RETURNING organisation_id, made_by, amount_fen",
            [wanted.into(), change.case.id.into()],
        )
        .await?;
    let taken = taken.ok_or_else(|| Problem::field("offer", Complaint::OfferEnded))?;
    let declined = end(change.tx, change.case.id, None, "declined").await?;
    consent::end(change.tx, change.case.id, Whose::AllBut(taken.organisation_id), "declined").await?;
    let page = format!("/bank/{}", change.case.number);
    inform(change, taken.made_by, TAKE_OFFER.0, &page).await?;
    for offer in declined {
        inform(change, offer.made_by, "offer_not_chosen", "/bank").await?;
    }
    let name = bank_name(change.tx, taken.organisation_id).await?;
    let told = json!({
        "enterprise": firm.code, "bank_zh": name.name_zh, "bank_en": name.name_en, "amount_fen": taken.amount_fen, "offer": wanted,
    });
    let leave = change.case.joined.iter().copied().filter(|bank| *bank != taken.organisation_id).collect();
    Ok(Effect {
        facts: facts(&told),
        assign: Assign::To(taken.made_by),
        remove_organisations: leave,
        limits: vec![(FINANCING, FINANCING_DAYS, FINANCING_DAYS)],
        ..Effect::default()
    })
}

/// Tells an officer what became of their offer.
async fn inform(change: &Change<'_>, officer: AccountId, kind: &str, path: &str) -> Result<()> {
    let case = change.case;
    let told = json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en, "path": path });
    notify(change.tx, officer, Some(case.id), kind, told).await
}

/// Ends the offers of a demand whose day is over.
pub(crate) async fn lapse(change: &Change<'_>, _: &LapseOffers) -> Result<Effect> {
    let over = end(change.tx, change.case.id, None, "lapsed").await?.len();
    Ok(Effect { facts: facts(&json!({ "offers": over })), ..Effect::default() })
}

/// Ends every offer whose day is over, so that nothing stays reserved for it; says of how many demands.
///
/// # Errors
/// What the store says; what was done before is done.
pub async fn lapse_all(city: &AppState) -> Result<usize> {
    let due = "SELECT DISTINCT c.number FROM offer o JOIN cases c ON c.id = o.case_id
                WHERE o.outcome IS NULL AND o.valid_until < huimin_today() AND c.state = $1";
    lapse::all(city, due, &LapseOffers {}).await
}

#[derive(FromQueryResult)]
struct Ended {
    product_id: ProductId,
    amount_fen: Fen,
    made_by: AccountId,
}

/// Declines live offers of a demand, of one bank or of all.
pub(crate) async fn end_all(tx: &Tx, case: CaseId, bank: Option<OrganisationId>) -> Result<()> {
    end(tx, case, bank, "declined").await.map(drop)
}

/// Ends live offers of a demand, of one bank or of all, or only those whose day is over, and gives their reservations
/// back; products are locked in the order of their keys.
async fn end(tx: &Tx, case: CaseId, bank: Option<OrganisationId>, outcome: &str) -> Result<Vec<Ended>> {
    let mut ended: Vec<Ended> = tx
        .all(
            "UPDATE offer SET outcome = $3, ended_at = huimin_now()
              WHERE case_id = $1 AND ($2::uuid IS NULL OR organisation_id = $2) AND outcome IS NULL
                AND ($3 <> 'lapsed' OR valid_until < huimin_today())
              RETURNING product_id, amount_fen, made_by",
            [case.into(), bank.into(), outcome.into()],
        )
        .await?;
    ended.sort_by_key(|e| e.product_id);
    for one in &ended {
        release(tx, one.product_id, one.amount_fen).await?;
    }
    Ok(ended)
}
