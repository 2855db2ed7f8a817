//! Demands (融资需求) of firms: publishing, listing, showing and withdrawing them.

use super::{
    consent_records::{Recipients, end_consents},
    demand_views, enterprise, entity, form_fields,
    parties::{authorize_firm, facts},
    reservations::{close_offers, release_accepted},
    stored_numbers::months_to_db,
};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    account::entity::organisation,
    cases::{self, ActionResult, Change, Effect, NewCase, idempotency},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use serde_json::json;
use shared::{
    FormErrors, Problem,
    cases::actions::{View, Withdraw},
    field,
    finance::{
        Fen,
        codes::{Collateral, ConsentEnd, LoanPurpose, OfferOutcome},
        life::DEMAND,
        schedule::MAX_PERIODS,
        view::{DemandRow, DemandView},
    },
    ids::{CaseId, OrganisationId},
};

/// The code of the organisation that demands belong to: the financing service centre (融资服务中心).
pub const CENTRE: &str = "financing-centre";
/// The smallest amount: 10,000 yuan.
const MIN_AMOUNT: Fen = 1_000_000;
/// The largest amount: 10 billion yuan.
const MAX_AMOUNT: Fen = 1_000_000_000_000;
/// The least and the most characters of the firm's description.
const DESCRIPTION_LENGTH: (u32, u32) = (10, 2000);

/// A demand as posted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewDemand {
    /// The amount in yuan.
    pub amount: String,
    /// The term in months.
    pub months: String,
    /// A code of [`LoanPurpose`].
    pub purpose: String,
    /// A code of [`Collateral`].
    pub collateral: String,
    /// The firm's description of what the loan is for.
    pub story: String,
}

/// A demand whose fields were checked.
struct CheckedDemand {
    amount: Fen,
    months: u32,
    purpose: LoanPurpose,
    collateral: Collateral,
    story: String,
}

impl NewDemand {
    fn check(&self) -> Result<CheckedDemand, Problem> {
        let mut errors = FormErrors::default();
        let amount = errors.take(field!(NewDemand, amount), form_fields::amount(&self.amount, MIN_AMOUNT, MAX_AMOUNT));
        let months = errors.take(field!(NewDemand, months), form_fields::months(&self.months, 1, MAX_PERIODS));
        let purpose = errors.take(field!(NewDemand, purpose), form_fields::choice(&self.purpose));
        let collateral = errors.take(field!(NewDemand, collateral), form_fields::choice(&self.collateral));
        let story =
            errors.take(field!(NewDemand, story), form_fields::text(&self.story, DESCRIPTION_LENGTH.0, DESCRIPTION_LENGTH.1));
        let checked = || {
            Some(CheckedDemand { amount: amount?, months: months?, purpose: purpose?, collateral: collateral?, story: story? })
        };
        errors.finish(checked())
    }
}

/// Publishes a demand of the firm that the actor acts for, once per key.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Forbidden`] when the actor acts for no firm; [`Problem::KeyReused`].
pub async fn publish(store: &Store, actor: &Actor, demand: &NewDemand, key: &str) -> Result<ActionResult> {
    let tx = store.write(actor).await?;
    let reservation = match idempotency::reserve_key(&tx, actor, "publish", key, demand).await? {
        idempotency::Reservation::Replayed(done) => return Ok(done),
        idempotency::Reservation::New(reservation) => reservation,
    };
    let firm = enterprise::acting_firm(&tx, actor).await?;
    let checked = demand.check()?;
    let case = cases::open(
        &tx,
        actor,
        NewCase {
            flow: &DEMAND,
            title_zh: "融资需求",
            title_en: "Financing demand",
            subject: actor.person.ok_or(Problem::RealNameFirst)?,
            organisation: centre(&tx).await?,
            effect: Effect {
                facts: facts(&json!({ "enterprise": firm.code, "amount_fen": checked.amount, "months": checked.months })),
                ..Effect::default()
            },
        },
    )
    .await?;
    insert(&tx, case.id, firm, checked).await?;
    let done = ActionResult { number: case.number, state: case.state, version: case.version };
    reservation.store_response(&tx, &done).await?;
    tx.commit().await?;
    Ok(done)
}

async fn insert(tx: &Tx, case: CaseId, firm: entity::enterprise::Model, checked: CheckedDemand) -> Result<()> {
    let demand = entity::demand::ActiveModel {
        case_id: Set(case),
        enterprise_id: Set(firm.id),
        amount_fen: Set(checked.amount),
        months: Set(months_to_db(checked.months)?),
        purpose: Set(checked.purpose),
        collateral: Set(checked.collateral),
        district: Set(firm.district),
        industry: Set(firm.industry),
        registered_on: Set(firm.registered_on),
        ..Default::default()
    };
    entity::demand::Entity::insert(demand).exec_without_returning(tx).await?;
    let detail = entity::demand_detail::ActiveModel { case_id: Set(case), story: Set(checked.story) };
    entity::demand_detail::Entity::insert(detail).exec_without_returning(tx).await?;
    Ok(())
}

async fn centre(tx: &Tx) -> Result<OrganisationId> {
    let centre = organisation::Entity::find()
        .filter(organisation::Column::Code.eq(CENTRE))
        .select_only()
        .column(organisation::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    centre.ok_or_else(|| Error::Broken(format!("no organisation {CENTRE}")))
}

/// A page of the demands of the firm that the actor acts for, the newest first, and the cursor of the next page.
///
/// # Errors
/// [`Problem::Forbidden`] when the actor acts for no firm.
pub async fn list_own(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    store.gate.enter(Access::Verified, actor)?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let firm = enterprise::acting_firm(&tx, actor).await?;
    demand_views::demands_of(&tx, firm.id, after).await
}

/// A demand as its firm sees it, with the first page of the access log.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such demand of the actor's.
pub async fn page(store: &Store, actor: &Actor, number: &str) -> Result<DemandView> {
    page_with_reads(store, actor, number, None).await
}

/// As [`page`], with the page of the access log that begins at a cursor: [`DemandView::earlier`] of the page before.
///
/// # Errors
/// As [`page`].
pub async fn page_with_reads(store: &Store, actor: &Actor, number: &str, before: Option<&str>) -> Result<DemandView> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.snapshot(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    let own = case.kind == DEMAND.kind && actor.person == Some(case.subject_id) && actor.acting_for.is_none();
    if !own {
        return Err(Problem::NotFound.into());
    }
    demand_views::demand(&tx, actor, &case, before).await
}

/// The firm withdraws its demand: every offer is closed, every consent ends, every bank leaves the case.
pub(crate) async fn withdraw(change: &Change<'_>, _: &Withdraw) -> Result<Effect> {
    let firm = authorize_firm(change).await?;
    close_offers(change.tx, change.case.id, None, OfferOutcome::Declined).await?;
    end_consents(change.tx, change.case.id, Recipients::All, ConsentEnd::DemandWithdrawn).await?;
    release_accepted(change.tx, change.case.id).await?;
    Ok(Effect {
        facts: facts(&json!({ "enterprise": firm })),
        remove_organisations: change.case.joined.clone(),
        ..Effect::default()
    })
}

/// A bank opened the demand: recorded as an event, without an effect.
pub(crate) async fn view(_: &Change<'_>, _: &View) -> Result<Effect> {
    Ok(Effect::default())
}
