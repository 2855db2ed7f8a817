//! Offers (报价): made and withdrawn by banks, one of them accepted by the firm. An offer reserves its amount of the
//! product's quota until it is closed.

use super::{
    consent_records::{Recipients, end_consents, has_consent},
    entity::offer,
    expiry, form_fields,
    parties::{authorize_firm, bank_name, bank_of, facts},
    product_views,
    reservations::{close_offers, reserve},
    stored_numbers::months_to_db,
};
use crate::{
    AppState,
    cases::{Assign, Change, Effect},
    error::Result,
    notices::notify,
    store::new_id,
};
use jiff::{ToSpan, civil::Date};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait, raw_sql,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use shared::{
    FieldErrorKind, FormErrors, Problem,
    cases::action::required_choice,
    field,
    finance::{
        Fen, Method, Rate, Terms,
        actions::{LapseOffers, MakeOffer, TakeOffer, WithdrawOffer},
        codes::{ConsentEnd, OfferOutcome},
        life::{DemandState, FINANCING, FINANCING_DAYS, TAKE_OFFER},
        money::MAX_FEN,
        view::Product,
    },
    ids::{AccountId, OfferId, OrganisationId},
};

/// The longest validity of an offer in days.
const MAX_VALID_DAYS: i64 = 90;
/// The most characters of a bank's conditions.
const MAX_CONDITIONS: u32 = 1000;

/// An offer as read from the form and checked against the product.
struct CheckedOffer {
    terms: Terms,
    conditions: String,
    valid_until: Date,
}

fn parse_method(code: &str, product: &Product) -> Result<Method, FieldErrorKind> {
    let method: Method = form_fields::choice(code)?;
    if product.methods.contains(&method) { Ok(method) } else { Err(FieldErrorKind::NotAnOption) }
}

fn parse_valid_until(text: &str, today: Date) -> Result<Date, FieldErrorKind> {
    if text.is_empty() {
        return Err(FieldErrorKind::Required);
    }
    let day: Date = text.parse().map_err(|_| FieldErrorKind::NotADate)?;
    let last = today.checked_add(MAX_VALID_DAYS.days()).unwrap_or(today);
    if day < today {
        Err(FieldErrorKind::DateBefore { first: today.to_string() })
    } else if day > last {
        Err(FieldErrorKind::DateAfter { last: last.to_string() })
    } else {
        Ok(day)
    }
}

/// Reads the form of an offer; the months of grace are limited by the term.
fn check(input: &MakeOffer, product: &Product, today: Date) -> Result<CheckedOffer, Problem> {
    let mut errors = FormErrors::default();
    let (shortest, longest) = product.months;
    let (lowest, highest) = product.rates;
    let fee = |typed: &str| form_fields::optional(typed.trim(), 0, |t| form_fields::amount(t, 0, MAX_FEN));
    let amount =
        errors.take(field!(MakeOffer, amount), form_fields::amount(input.amount.trim(), product.amounts.0, product.amounts.1));
    let months = errors.take(field!(MakeOffer, months), form_fields::months(input.months.trim(), shortest, longest));
    let method = errors.take(field!(MakeOffer, method), parse_method(input.method.trim(), product));
    let rate: Option<Rate> = errors.take(field!(MakeOffer, rate), form_fields::rate(input.rate.trim(), lowest, Some(highest)));
    let most_grace = months.unwrap_or(shortest).saturating_sub(1);
    let grace = form_fields::optional(input.grace.trim(), 0, |t| form_fields::months(t, 0, most_grace));
    let grace = errors.take(field!(MakeOffer, grace), grace);
    let service_fee = errors.take(field!(MakeOffer, service_fee), fee(&input.service_fee));
    let guarantee = errors.take(field!(MakeOffer, guarantee), fee(&input.guarantee));
    let valid_until = errors.take(field!(MakeOffer, valid_until), parse_valid_until(input.valid_until.trim(), today));
    let conditions = errors.take(field!(MakeOffer, conditions), form_fields::text(&input.conditions, 0, MAX_CONDITIONS));
    let checked = || {
        let terms = Terms {
            amount_fen: amount?,
            months: months?,
            method: method?,
            annual_rate: rate?,
            day_count: product.day_count,
            grace_months: grace?,
            service_fee_fen: service_fee?,
            guarantee_fen: guarantee?,
        };
        Some(CheckedOffer { terms, conditions: conditions?, valid_until: valid_until? })
    };
    let checked = errors.finish(checked())?;
    let terms = &checked.terms;
    if terms.service_fee_fen.saturating_add(terms.guarantee_fen) >= terms.amount_fen {
        return Err(Problem::field(field!(MakeOffer, service_fee), FieldErrorKind::FeesTooHigh));
    }
    // An offer without an annual cost could not be compared with others.
    terms.costs(today).map_err(|_| Problem::field(field!(MakeOffer, rate), FieldErrorKind::NotACreditRate))?;
    Ok(checked)
}

/// A bank makes an offer on one of its products; the amount is reserved.
pub(crate) async fn make(change: &Change<'_>, input: &MakeOffer) -> Result<Effect> {
    let tx = change.tx;
    let bank = bank_of(change.actor, change.case)?;
    if !has_consent(tx, change.case.id, bank).await? {
        return Err(Problem::Forbidden.into());
    }
    let product = product_views::find_offered(tx, bank, required_choice(field!(MakeOffer, product), &input.product)?).await?;
    let checked = check(input, &product, change.now.today())?;
    let amount = checked.terms.amount_fen;
    if !insert(change, bank, &product, checked).await? {
        return Err(Problem::field(field!(MakeOffer, product), FieldErrorKind::OfferStands).into());
    }
    if !reserve(tx, product.id, amount).await? {
        return Err(Problem::field(field!(MakeOffer, amount), FieldErrorKind::QuotaUsedUp).into());
    }
    let name = bank_name(tx, bank).await?;
    Ok(Effect { facts: facts(&json!({ "bank_zh": name.zh, "bank_en": name.en })), ..Effect::default() })
}

/// Inserts an offer; false when the bank has an open one.
async fn insert(change: &Change<'_>, bank: OrganisationId, product: &Product, checked: CheckedOffer) -> Result<bool> {
    let terms = checked.terms;
    let offer = offer::ActiveModel {
        id: Set(new_id()),
        case_id: Set(change.case.id),
        organisation_id: Set(bank),
        product_id: Set(product.id),
        amount_fen: Set(terms.amount_fen),
        months: Set(months_to_db(terms.months)?),
        method: Set(terms.method),
        annual_rate: Set(terms.annual_rate.units()),
        day_count: Set(terms.day_count),
        grace_months: Set(months_to_db(terms.grace_months)?),
        service_fee_fen: Set(terms.service_fee_fen),
        guarantee_fen: Set(terms.guarantee_fen),
        conditions: Set(checked.conditions),
        valid_until: Set(checked.valid_until.into()),
        made_by: Set(change.actor.signed_in()?),
        ..Default::default()
    };
    let one_open_per_bank = OnConflict::columns([offer::Column::CaseId, offer::Column::OrganisationId])
        .target_and_where(Expr::cust("outcome IS NULL"))
        .do_nothing()
        .to_owned();
    let inserted = offer::Entity::insert(offer).on_conflict(one_open_per_bank).exec_without_returning(change.tx).await?;
    Ok(inserted == 1)
}

/// A bank withdraws its open offer.
pub(crate) async fn withdraw(change: &Change<'_>, _: &WithdrawOffer) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let closed = close_offers(change.tx, change.case.id, Some(bank), OfferOutcome::Withdrawn).await?;
    if closed.is_empty() {
        return Err(Problem::field("", FieldErrorKind::OfferEnded).into());
    }
    let name = bank_name(change.tx, bank).await?;
    Ok(Effect { facts: facts(&json!({ "bank_zh": name.zh, "bank_en": name.en })), ..Effect::default() })
}

/// The firm accepts one offer. In the same transaction all other offers are declined, their banks leave the case and the
/// consents to them end. Each bank officer is notified about their own offer only.
pub(crate) async fn accept(change: &Change<'_>, input: &TakeOffer) -> Result<Effect> {
    let firm = authorize_firm(change).await?;
    let wanted: OfferId = required_choice(field!(TakeOffer, offer), &input.offer)?;
    let (case, accepted) = (change.case, OfferOutcome::Accepted);
    let offer: Option<(OrganisationId, AccountId, Fen)> = change
        .tx
        .fetch_value(raw_sql!(
            Postgres,
            "UPDATE offer SET outcome = {accepted}, ended_at = huimin_now()
              WHERE id = {wanted} AND case_id = {case.id} AND outcome IS NULL AND valid_until >= huimin_today()
                AND finance_consented(case_id, organisation_id)
              RETURNING organisation_id, made_by, amount_fen"
        ))
        .await?;
    let (bank, officer, amount) = offer.ok_or_else(|| Problem::field(field!(TakeOffer, offer), FieldErrorKind::OfferEnded))?;
    let declined = close_offers(change.tx, case.id, None, OfferOutcome::Declined).await?;
    end_consents(change.tx, case.id, Recipients::AllBut(bank), ConsentEnd::Declined).await?;
    notify_officer(change, officer, TAKE_OFFER.0, &format!("/bank/{}", case.number)).await?;
    for offer in declined {
        notify_officer(change, offer.made_by, "offer_not_chosen", "/bank").await?;
    }
    let name = bank_name(change.tx, bank).await?;
    let accepted = json!({ "enterprise": firm, "bank_zh": name.zh, "bank_en": name.en, "amount_fen": amount, "offer": wanted });
    Ok(Effect {
        facts: facts(&accepted),
        assign: Assign::To(officer),
        remove_organisations: case.joined.iter().copied().filter(|other| *other != bank).collect(),
        limits: vec![(FINANCING, FINANCING_DAYS, FINANCING_DAYS)],
        ..Effect::default()
    })
}

/// Notifies a bank officer of the outcome of their offer.
async fn notify_officer(change: &Change<'_>, officer: AccountId, kind: &str, path: &str) -> Result<()> {
    let case = change.case;
    let content = json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en, "path": path });
    notify(change.tx, officer, Some(case.id), kind, content).await
}

/// Closes the offers of a demand whose last day is over.
pub(crate) async fn expire(change: &Change<'_>, _: &LapseOffers) -> Result<Effect> {
    let closed = close_offers(change.tx, change.case.id, None, OfferOutcome::Lapsed).await?;
    Ok(Effect { facts: facts(&json!({ "offers": closed.len() })), ..Effect::default() })
}

/// Closes every expired offer of open demands, which releases its reservation. Returns the number of demands.
///
/// # Errors
/// When the database fails; demands handled before the failure stay handled.
pub async fn expire_due(state: &AppState) -> Result<usize> {
    let published = DemandState::Published;
    let due = raw_sql!(
        Postgres,
        "SELECT DISTINCT c.number FROM offer o JOIN cases c ON c.id = o.case_id
          WHERE o.outcome IS NULL AND o.valid_until < huimin_today() AND c.state = {published}"
    );
    expiry::perform_on_due(state, due, &LapseOffers {}).await
}
