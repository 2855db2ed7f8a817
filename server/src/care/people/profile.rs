//! The care profile (照护档案) of a person: kept by the person or a delegate, and shown to those who come to help.

use super::centre::CITY_DESK;
use crate::account::entity::organisation;
use crate::care::entity::care_profile;
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::Result,
    store::{DbInstant, Tx},
};
use sea_orm::{EntityTrait, raw_sql};
use shared::{FieldErrorKind, Problem, care::profile::Profile, ids::PersonId, registry::districts};

/// The context under which a profile is sealed; the row is the person.
const CONTEXT: &str = "care_profile";

/// A profile with the district of its centre.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileView {
    /// The profile.
    pub profile: Profile,
    /// The district whose centre takes the person's calls; none: the city's duty desk.
    pub district: Option<String>,
    /// When it was last changed.
    pub updated_at: Option<DbInstant>,
}

async fn load(tx: &Tx, person: PersonId) -> Result<Option<(Profile, care_profile::Model, organisation::Model)>> {
    let row = care_profile::Entity::find_by_id(person).find_also_related(organisation::Entity).one(tx).await?;
    let Some((row, Some(centre))) = row else { return Ok(None) };
    let Some(key) = tx.living_key(person).await? else { return Ok(None) };
    Ok(Some((key.open_json(CONTEXT, person, &row.sealed)?, row, centre)))
}

/// The profile of a person; none if there is no profile or the person was erased.
///
/// # Errors
/// Errors of the database or the vault.
pub async fn find(tx: &Tx, person: PersonId) -> Result<Option<Profile>> {
    Ok(load(tx, person).await?.map(|(profile, ..)| profile))
}

/// The profile of the person the actor acts as; empty if there is none yet.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn profile(store: &Store, actor: &Actor) -> Result<ProfileView> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.read(actor).await?;
    Ok(match load(&tx, actor.subject()?).await? {
        Some((profile, row, centre)) => ProfileView { profile, district: centre.district, updated_at: Some(row.updated_at) },
        None => ProfileView { profile: Profile::default(), district: None, updated_at: None },
    })
}

/// Saves the profile. `district` is the one whose centre takes the calls; empty for the city's duty desk, which also
/// replaces a district without a centre.
///
/// # Errors
/// [`Problem::Invalid`] naming the field; `district` for one that does not exist.
pub async fn save(store: &Store, actor: &Actor, profile: &Profile, district: &str) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    profile.check()?;
    let district = district.trim();
    if !district.is_empty() && districts::find(district).is_none() {
        return Err(Problem::field("district", FieldErrorKind::NotAnOption).into());
    }
    let tx = store.write(actor).await?;
    let sealed = tx.person_key(person).await?.seal_json(CONTEXT, person, profile)?;
    let city_desk = CITY_DESK;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_profile (person_id, centre_id, sealed, updated_by)
         VALUES ({person}, coalesce((SELECT o.id FROM organisation o JOIN care_centre c ON c.organisation_id = o.id
                                      WHERE o.district = {district}), {city_desk}), {sealed}, {account})
         ON CONFLICT (person_id) DO UPDATE SET centre_id = excluded.centre_id, sealed = excluded.sealed,
             updated_at = huimin_now(), updated_by = excluded.updated_by"
    ))
    .await?;
    tx.commit().await
}
