//! Firms (企业): registered by their legal representative, who is checked against the register of legal entities.

use super::entity::enterprise;
use crate::{
    AppState, Store,
    access::{actor::Actor, gate::Access},
    account::throttle,
    error::{Error, Result},
    store::{DbDate, Tx, new_id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql,
    sea_query::OnConflict,
};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::Uscc,
    finance::view::Enterprise,
    ids::{AccountId, EnterpriseId, PersonId, RegisterReadId},
    registry::Purpose,
};

/// Attempts of a person per day: enough for typing errors, too few to search for firms.
const ATTEMPTS_PER_DAY: u32 = 20;

/// The firm as shown.
pub(super) fn to_view(firm: enterprise::Model) -> Enterprise {
    Enterprise {
        id: firm.id,
        code: firm.code,
        name: firm.name,
        district: firm.district,
        industry: firm.industry,
        registered_on: firm.registered_on.date(),
    }
}

/// The person who may represent firms: the actor, never a family member by mandate.
fn representative(actor: &Actor) -> Result<PersonId, Problem> {
    actor.signed_in()?;
    if actor.acting_for.is_some() {
        return Err(Problem::Forbidden);
    }
    actor.person.ok_or(Problem::RealNameFirst)
}

/// Registers the actor as the legal representative of a firm. Registering again changes nothing.
///
/// # Errors
/// [`Problem::Invalid`] naming `code`; [`Problem::TooMany`]; [`Problem::RealNameFirst`]; [`Problem::Forbidden`] while acting
/// for a family member.
pub async fn register_representation(state: &AppState, actor: &Actor, code: &str) -> Result<EnterpriseId> {
    let person = representative(actor)?;
    let account = actor.signed_in()?;
    if code.trim().is_empty() {
        return Err(Problem::field("code", FieldErrorKind::Required).into());
    }
    let code = Uscc::parse(code).map_err(|fault| Problem::field("code", fault.into()))?;
    throttle::allow(&state.store, &format!("enterprise:{account}"), ATTEMPTS_PER_DAY, 86_400).await?;
    let tx = state.store.write(actor).await?;
    let registered = match read_register(&tx, person, &code).await? {
        Some(entry) => Some(insert(&tx, person, account, &code, entry).await?),
        None => None,
    };
    // Committed in either case, so that the access to the register stays on record.
    tx.commit().await?;
    registered.ok_or_else(|| Problem::field("code", FieldErrorKind::NotRepresentative).into())
}

/// The entry of a firm in the register of legal entities.
#[derive(FromQueryResult)]
struct RegisterEntry {
    name: String,
    district: String,
    industry: String,
    registered_on: DbDate,
}

/// The register's entry if the person is the firm's legal representative.
async fn read_register(tx: &Tx, person: PersonId, code: &Uscc) -> Result<Option<RegisterEntry>> {
    let id: RegisterReadId = new_id();
    let (code, purpose, basis) = (code.as_str(), Purpose::Enterprise.code(), Purpose::Enterprise.basis(Lang::Zh));
    tx.fetch_one(raw_sql!(
        Postgres,
        "SELECT r.* FROM person p, register_claim_entity({id}, {code}, p.resident_id_index, {purpose}, {basis}) r
          WHERE p.id = {person}"
    ))
    .await
}

async fn insert(tx: &Tx, person: PersonId, account: AccountId, code: &Uscc, entry: RegisterEntry) -> Result<EnterpriseId> {
    let firm = enterprise::ActiveModel {
        id: Set(new_id()),
        code: Set(code.as_str().to_owned()),
        name: Set(entry.name),
        district: Set(entry.district),
        industry: Set(entry.industry),
        registered_on: Set(entry.registered_on),
        representative_id: Set(person),
        claimed_by: Set(account),
        ..Default::default()
    };
    let same_code = OnConflict::column(enterprise::Column::Code).do_nothing().to_owned();
    enterprise::Entity::insert(firm).on_conflict(same_code).exec_without_returning(tx).await?;
    let id = enterprise::Entity::find()
        .filter(enterprise::Column::Code.eq(code.as_str()))
        .select_only()
        .column(enterprise::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    // The row is visible to its representative only: a firm that another person registered stays theirs until a dispute is
    // settled.
    id.ok_or_else(|| Error::from(Problem::field("code", FieldErrorKind::AlreadyTaken)))
}

/// The firms that the actor represents.
///
/// # Errors
/// As [`register_representation`], except for the code.
pub async fn list_own(store: &Store, actor: &Actor) -> Result<Vec<Enterprise>> {
    store.gate.enter(Access::Verified, actor)?;
    let person = representative(actor)?;
    let tx = store.read(actor).await?;
    let firms = enterprise::Entity::find()
        .filter(enterprise::Column::RepresentativeId.eq(person))
        .order_by_asc(enterprise::Column::Id)
        .all(&tx)
        .await?;
    Ok(firms.into_iter().map(to_view).collect())
}

/// Checks that the actor represents the firm to act for; none: the actor acts for themself.
///
/// # Errors
/// [`Problem::NotFound`] for a firm that the actor does not represent.
pub async fn act_for(store: &Store, actor: &Actor, enterprise: Option<EnterpriseId>) -> Result<Option<EnterpriseId>> {
    let Some(wanted) = enterprise else { return Ok(None) };
    let all = list_own(store, actor).await?;
    if all.iter().any(|e| e.id == wanted) { Ok(Some(wanted)) } else { Err(Problem::NotFound.into()) }
}

/// The firm that the actor acts for.
///
/// # Errors
/// [`Problem::Forbidden`] when there is none.
pub(super) async fn acting_firm(tx: &Tx, actor: &Actor) -> Result<enterprise::Model> {
    let person = representative(actor)?;
    let wanted = actor.enterprise.ok_or(Problem::Forbidden)?;
    let firm = enterprise::Entity::find_by_id(wanted).filter(enterprise::Column::RepresentativeId.eq(person)).one(tx).await?;
    firm.ok_or_else(|| Problem::Forbidden.into())
}
