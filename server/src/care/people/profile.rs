//! What helps whoever comes to help (照护档案): kept by the person, or by family with a mandate, and read when they call.

use crate::care::intake::caller_actions::key_of;
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    error::Result,
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{Complaint, Problem, care::profile::Profile, registry::districts};
use time::OffsetDateTime;
use uuid::Uuid;

/// Seals the profile; the row is the person.
const CONTEXT: &str = "care_profile";
/// The city's duty desk: for a district without a centre.
pub const CITY_DESK: Uuid = Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0120);

/// A profile with whose calls theirs are.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileView {
    /// What is known.
    pub profile: Profile,
    /// The district whose centre answers; none: the city's duty desk.
    pub district: Option<String>,
    /// When it was last changed.
    pub updated_at: Option<OffsetDateTime>,
}

#[derive(FromQueryResult)]
struct Row {
    sealed: Vec<u8>,
    district: Option<String>,
    updated_at: OffsetDateTime,
}

async fn row(tx: &Tx, person: Uuid) -> Result<Option<(Profile, Row)>> {
    let row: Option<Row> = tx
        .one(
            "SELECT p.sealed, o.district, p.updated_at FROM care_profile p JOIN organisation o ON o.id = p.centre_id WHERE p.person_id = $1",
            [person.into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(key) = key_of(tx, person).await? else { return Ok(None) };
    Ok(Some((key.open_json(CONTEXT, person, &row.sealed)?, row)))
}

/// What is known of a person, in this transaction; none of somebody who has said nothing, or was erased.
///
/// # Errors
/// What the store or the vault says.
pub async fn card_of(tx: &Tx, person: Uuid) -> Result<Option<Profile>> {
    Ok(row(tx, person).await?.map(|(profile, _)| profile))
}

/// The profile of the person the actor acts as; empty as long as nothing was said.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn profile(store: &Store, actor: &Actor) -> Result<ProfileView> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.read(actor).await?;
    Ok(match row(&tx, actor.subject()?).await? {
        Some((profile, row)) => ProfileView { profile, district: row.district, updated_at: Some(row.updated_at) },
        None => ProfileView { profile: Profile::default(), district: None, updated_at: None },
    })
}

/// Keeps what was typed. `district`: whose centre answers; empty for the city's duty desk, which also stands in for a
/// district without a centre.
///
/// # Errors
/// [`Problem::Invalid`] naming the field; `district` for one that is not there.
pub async fn save(store: &Store, actor: &Actor, profile: &Profile, district: &str) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    profile.check()?;
    let district = district.trim();
    if !district.is_empty() && districts::find(district).is_none() {
        return Err(Problem::field("district", Complaint::NotAnOption).into());
    }
    let tx = store.write(actor).await?;
    let key = tx.person_key(person).await?;
    tx.run(
        "INSERT INTO care_profile (person_id, centre_id, sealed, updated_by)
         VALUES ($1, coalesce((SELECT o.id FROM organisation o JOIN care_centre c ON c.organisation_id = o.id WHERE o.district = $2), $3), $4, $5)
         ON CONFLICT (person_id) DO UPDATE SET centre_id = excluded.centre_id, sealed = excluded.sealed,
             updated_at = huimin_now(), updated_by = excluded.updated_by",
        [
            person.into(),
            district.into(),
            CITY_DESK.into(),
            key.seal_json(CONTEXT, person, profile)?.into(),
            account.into(),
        ],
    )
    .await?;
    tx.commit().await
}
