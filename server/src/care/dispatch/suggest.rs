//! Suggestion of responders for a call (派单推荐): loads the candidates and ranks them with `shared::care::ranking`.

use crate::care::sealed::open_json;
use crate::{
    access::actor::Actor,
    cases::CaseRow,
    error::Result,
    store::{DbInstant, Tx},
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    Problem,
    account::Permission,
    care::{
        geo::Fix,
        profile::Profile,
        ranking::{Candidate, Need, Ranking, RankingRequest, rank},
        reasons::DistanceFrom,
        responder::{Mode, Skill},
    },
    cases::Party,
    ids::{AccountId, CaseId},
};

/// The suggested responders, and the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestions {
    /// The suggested responders in order, and what is lacking.
    pub ranking: Ranking,
    /// The dispatcher's request.
    pub request: RankingRequest,
}

/// The suggestions for a dispatcher of this call: at most three statements.
///
/// # Errors
/// [`Problem::Forbidden`] for others; errors of the database or the vault.
pub async fn suggest(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Suggestions> {
    suggest_for(tx, actor, case, RankingRequest::default()).await
}

/// As [`suggest`], with the dispatcher's request.
///
/// # Errors
/// As [`suggest`].
pub async fn suggest_for(tx: &Tx, actor: &Actor, case: &CaseRow, request: RankingRequest) -> Result<Suggestions> {
    if !tx.gate.is_party(Party::Joined(Permission::AnswerCalls), actor, case.of()) {
        return Err(Problem::Forbidden.into());
    }
    let call = load_call(tx, case).await?;
    let (place, languages) = destination(tx, case, &call).await?;
    let need = Need { place, skills: request.skill.into_iter().collect(), languages, radius_m: request.radius_m };
    let candidates = candidates(tx, case.id).await?;
    Ok(Suggestions { ranking: rank(&candidates, &need, call.now.timestamp()), request })
}

#[derive(FromQueryResult)]
struct CallRow {
    now: DbInstant,
    place: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
}

async fn load_call(tx: &Tx, case: &CaseRow) -> Result<CallRow> {
    let found: Option<CallRow> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT huimin_now() AS now, c.place, p.sealed AS profile
               FROM care_call c LEFT JOIN care_profile p ON p.person_id = {case.subject_id} WHERE c.case_id = {case.id}"
        ))
        .await?;
    found.ok_or_else(|| Problem::NotFound.into())
}

/// The place to go to, if it is known, and the languages of the person. Nothing is known of an erased person.
async fn destination(tx: &Tx, case: &CaseRow, call: &CallRow) -> Result<(Option<(Fix, DistanceFrom)>, Vec<String>)> {
    if call.place.is_none() && call.profile.is_none() {
        return Ok((None, Vec::new()));
    }
    let Some(key) = tx.living_key(case.subject_id).await? else { return Ok((None, Vec::new())) };
    let place = open_json::<Fix>(&key, "care_call.place", case.id, call.place.as_deref())?;
    let profile = open_json::<Profile>(&key, "care_profile", case.subject_id, call.profile.as_deref())?.unwrap_or_default();
    let place = place.map(|p| (p, DistanceFrom::Caller)).or(profile.home.map(|h| (h, DistanceFrom::Home)));
    Ok((place, profile.languages))
}

#[derive(FromQueryResult)]
struct CandidateRow {
    account: AccountId,
    name: String,
    responder: bool,
    on_duty: bool,
    skills: Vec<String>,
    languages: Vec<String>,
    mode: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    accuracy_m: Option<f64>,
    located_at: Option<DbInstant>,
    resting_until: Option<DbInstant>,
    key_holder: bool,
    visits: i64,
    unavailable: bool,
}

impl CandidateRow {
    fn into_candidate(self) -> Candidate {
        let place = self.latitude.zip(self.longitude).zip(self.located_at);
        Candidate {
            id: self.account,
            name: self.name,
            responder: self.responder,
            on_duty: self.on_duty,
            // Codes of a newer version of the program must not hide a candidate: an unknown skill is left out, and an
            // unknown way of travel counts as the slowest.
            skills: self.skills.iter().filter_map(|code| Skill::parse(code)).collect(),
            languages: self.languages,
            mode: Mode::parse(&self.mode).unwrap_or(Mode::Walk),
            position: place.and_then(|((lat, lon), at)| Fix::new(lat, lon, self.accuracy_m, at.timestamp())),
            resting_until: self.resting_until.map(DbInstant::timestamp),
            key_holder: self.key_holder,
            visits: u32::try_from(self.visits).unwrap_or(u32::MAX),
            unavailable: self.unavailable,
        }
    }
}

/// All candidates, not only those nearby: only all of them show that none is near, on duty or free.
async fn candidates(tx: &Tx, case: CaseId) -> Result<Vec<Candidate>> {
    let rows: Vec<CandidateRow> = tx.fetch_all(raw_sql!(Postgres, "SELECT * FROM huimin_candidates({case})")).await?;
    Ok(rows.into_iter().map(CandidateRow::into_candidate).collect())
}
