//! Who could go to a call (派单推荐): loads those who might, and lets `shared::care::ranking` decide.

use crate::{
    account::actor::Actor,
    cases::CaseRow,
    error::{Error, Result},
    store::{Tx, moment},
    vault::{PersonKey, VaultError},
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    account::Permission,
    care::{
        geo::Fix,
        profile::Profile,
        ranking::{Candidate, Need, Ranking, Wish, rank},
        reasons::PlaceOf,
        responder::{Mode, Skill},
    },
    cases::Party,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// What is suggested, and what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestions {
    /// Whom to ask, in order, and what is missing.
    pub ranking: Ranking,
    /// What was asked for.
    pub wish: Wish,
}

/// Whom to ask, for whoever answers for this call: at most three statements.
///
/// # Errors
/// [`Problem::Forbidden`] for others; what the store or the vault says.
pub async fn suggest(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Suggestions> {
    suggest_for(tx, actor, case, Wish::default()).await
}

/// As [`suggest`], for what a dispatcher asks for.
///
/// # Errors
/// As [`suggest`].
pub async fn suggest_for(tx: &Tx, actor: &Actor, case: &CaseRow, wish: Wish) -> Result<Suggestions> {
    if !tx.gate.is_party(Party::Joined(Permission::AnswerCalls), actor, case.of()) {
        return Err(Problem::Forbidden.into());
    }
    let call = call(tx, case).await?;
    let (place, languages) = whereabouts(tx, case, &call).await?;
    let need = Need { place, skills: wish.skill.into_iter().collect(), languages, radius_m: wish.radius_m };
    let candidates = candidates(tx, case.id).await?;
    Ok(Suggestions { ranking: rank(&candidates, &need, moment(call.now)), wish })
}

#[derive(FromQueryResult)]
struct Call {
    now: OffsetDateTime,
    place: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
}

async fn call(tx: &Tx, case: &CaseRow) -> Result<Call> {
    let found: Option<Call> = tx
        .one(
            "SELECT huimin_now() AS now, c.place, p.sealed AS profile
               FROM care_call c LEFT JOIN care_profile p ON p.person_id = $2 WHERE c.case_id = $1",
            [case.id.into(), case.subject_id.into()],
        )
        .await?;
    found.ok_or_else(|| Problem::NotFound.into())
}

/// Where help is needed, if it is known, and what the person speaks. Of somebody who was erased, nothing is known.
async fn whereabouts(tx: &Tx, case: &CaseRow, call: &Call) -> Result<(Option<(Fix, PlaceOf)>, Vec<String>)> {
    if call.place.is_none() && call.profile.is_none() {
        return Ok((None, Vec::new()));
    }
    let key = match tx.person_key(case.subject_id).await {
        Ok(key) => key,
        Err(Error::Vault(VaultError::Erased)) => return Ok((None, Vec::new())),
        Err(other) => return Err(other),
    };
    let place = opened::<Fix>(&key, "care_call.place", case.id, call.place.as_deref())?;
    let profile = opened::<Profile>(&key, "care_profile", case.subject_id, call.profile.as_deref())?.unwrap_or_default();
    let place = place.map(|p| (p, PlaceOf::Caller)).or(profile.home.map(|h| (h, PlaceOf::Home)));
    Ok((place, profile.languages))
}

/// A value under a person's key, if there is one.
pub(crate) fn opened<T: serde::de::DeserializeOwned>(
    key: &PersonKey,
    context: &str,
    row: Uuid,
    sealed: Option<&[u8]>,
) -> Result<Option<T>> {
    Ok(sealed.map(|sealed| key.open_json(context, row, sealed)).transpose()?)
}

#[derive(FromQueryResult)]
struct Row {
    account: Uuid,
    name: String,
    responder: bool,
    on_duty: bool,
    skills: Vec<String>,
    languages: Vec<String>,
    mode: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    accuracy_m: Option<f64>,
    located_at: Option<OffsetDateTime>,
    resting_until: Option<OffsetDateTime>,
    key_holder: bool,
    visits: i64,
    sent: bool,
}

impl Row {
    fn candidate(self) -> Candidate {
        let place = self.latitude.zip(self.longitude).zip(self.located_at);
        Candidate {
            id: self.account,
            name: self.name,
            responder: self.responder,
            on_duty: self.on_duty,
            skills: self.skills.iter().filter_map(|code| Skill::parse(code)).collect(),
            languages: self.languages,
            // A way of travel that this version does not know is taken for the slowest.
            mode: Mode::parse(&self.mode).unwrap_or(Mode::Walk),
            position: place.and_then(|((lat, lon), at)| Fix::new(lat, lon, self.accuracy_m, moment(at))),
            resting_until: self.resting_until.map(moment),
            key_holder: self.key_holder,
            visits: u32::try_from(self.visits).unwrap_or(u32::MAX),
            sent: self.sent,
        }
    }
}

/// All of them, not only the near ones: whether nobody is near, on duty or free can be said of all alone.
async fn candidates(tx: &Tx, case: Uuid) -> Result<Vec<Candidate>> {
    let rows: Vec<Row> = tx.all("SELECT * FROM huimin_candidates($1)", [case.into()]).await?;
    Ok(rows.into_iter().map(Row::candidate).collect())
}
