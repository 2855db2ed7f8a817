//! The responder's own page (救援员出勤): duty, position, and what is asked of them.

use crate::care::dispatch::suggest::opened;
use crate::{
    Actor, Store,
    account::gate::Access,
    cases::{Request, perform_in},
    error::{Error, Result},
    store::{Tx, moment},
    vault::{PersonKey, VaultError},
};
use sea_orm::{FromQueryResult, Value as Bound};
use serde_json::Value;
use shared::cases::actions::View;
use shared::{
    Complaint, Problem,
    account::Permission::RespondToCalls,
    care::{
        geo::Fix,
        profile::LANGUAGES,
        respond::{Myself, OfferView, RespondPage, Stage, Who},
        responder::{Mode, Skill},
    },
    ids::{AccountId, CaseId, PersonId},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who may see and do what stands here.
const RESPONDERS: Access = Access::Staff(RespondToCalls);

/// The page. That whoever was asked saw whom it is about is an event of the call's record (调阅), one a day.
///
/// # Errors
/// [`Problem::Forbidden`] for others; what the store or the vault says.
pub async fn page(store: &Store, actor: &Actor) -> Result<RespondPage> {
    store.gate.enter(RESPONDERS, actor)?;
    let me = actor.signed_in()?;
    let tx = store.write(actor).await?;
    let now = tx.now().await?;
    let myself = myself(&tx, me).await?;
    let mut offers = Vec::new();
    let view = format!("view-{}", now.today());
    for row in open_offers(&tx, me).await? {
        let looked = Request { number: &row.number, version: None, key: &view, input: &View::default() };
        perform_in(&tx, actor, &looked).await?;
        offers.push(shown(&tx, row).await?);
    }
    tx.commit().await?;
    offers.sort_by_key(|offer| (std::cmp::Reverse(offer.stage), offer.offered_at));
    Ok(RespondPage { now: moment(now.at), me: myself, offers })
}

#[derive(FromQueryResult)]
struct MyRow {
    on_duty: bool,
    skills: Option<Vec<String>>,
    languages: Option<Vec<String>>,
    mode: Option<String>,
    located_at: Option<OffsetDateTime>,
    resting_until: Option<OffsetDateTime>,
}

async fn myself(tx: &Tx, me: AccountId) -> Result<Myself> {
    let row: Option<MyRow> = tx
        .one(
            "SELECT huimin_on_duty($1) AS on_duty, r.skills, r.languages, r.mode, r.located_at,
                    CASE WHEN r.resting_until > huimin_now() THEN r.resting_until END AS resting_until
               FROM (SELECT $1::uuid AS id) me LEFT JOIN care_responder r ON r.account_id = me.id",
            [me.into()],
        )
        .await?;
    let row = row.ok_or_else(|| Error::Broken("no answer about oneself".to_owned()))?;
    Ok(Myself {
        on_duty: row.on_duty,
        skills: row.skills.unwrap_or_default().iter().filter_map(|code| Skill::parse(code)).collect(),
        languages: row.languages.unwrap_or_default(),
        mode: row.mode.as_deref().and_then(Mode::parse),
        located_at: row.located_at.map(moment),
        resting_until: row.resting_until.map(moment),
    })
}

#[derive(FromQueryResult)]
struct OfferRow {
    case_id: CaseId,
    subject_id: PersonId,
    number: String,
    state: String,
    offered_at: OffsetDateTime,
    accepted_at: Option<OffsetDateTime>,
    set_out_at: Option<OffsetDateTime>,
    arrived_at: Option<OffsetDateTime>,
    others: i64,
    distance_m: Option<f64>,
    eta_s: Option<i32>,
    reasons: Value,
    known: bool,
    callback: Option<Vec<u8>>,
    words: Option<Vec<u8>>,
    place: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
    name_sealed: Option<Vec<u8>>,
    centre_zh: String,
    centre_en: String,
    centre_phone: Option<String>,
    due_at: Option<OffsetDateTime>,
    welfare_due_at: Option<OffsetDateTime>,
    welfare_alarm_at: Option<OffsetDateTime>,
}

/// What somebody was asked and has neither said no to nor been let go from.
async fn open_offers(tx: &Tx, me: AccountId) -> Result<Vec<OfferRow>> {
    tx.all(
        "SELECT c.id AS case_id, c.subject_id, c.number, c.state, o.offered_at, o.accepted_at, o.set_out_at, o.arrived_at,
                (SELECT count(*) FROM care_offer f WHERE f.case_id = o.case_id AND f.wave = o.wave AND f.responder_id <> o.responder_id
                    AND f.accepted_at IS NULL AND f.declined_at IS NULL AND f.withdrawn_at IS NULL) AS others,
                o.distance_m, o.eta_s, o.reasons, k.known, k.callback, k.words, k.place, p.sealed AS profile, n.name_sealed,
                g.name_zh AS centre_zh, g.name_en AS centre_en, t.phone AS centre_phone, o.due_at, o.welfare_due_at, o.welfare_alarm_at
           FROM care_offer o JOIN cases c ON c.id = o.case_id JOIN care_call k ON k.case_id = c.id
           JOIN organisation g ON g.id = c.organisation_id LEFT JOIN care_centre t ON t.organisation_id = g.id
           LEFT JOIN care_profile p ON p.person_id = c.subject_id LEFT JOIN person n ON n.id = c.subject_id
          WHERE o.responder_id = $1 AND o.declined_at IS NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL AND c.closed_at IS NULL",
        [me.into()],
    )
    .await
}

async fn shown(tx: &Tx, row: OfferRow) -> Result<OfferView> {
    let stage = match (row.accepted_at, row.set_out_at, row.arrived_at) {
        (_, _, Some(_)) => Stage::Arrived,
        (_, Some(_), None) => Stage::SetOut,
        (Some(_), None, None) => Stage::Accepted,
        (None, None, None) => Stage::Asked,
    };
    Ok(OfferView {
        who: who(tx, &row).await?,
        number: row.number,
        state: row.state,
        stage,
        offered_at: moment(row.offered_at),
        others: u32::try_from(row.others).unwrap_or(u32::MAX),
        distance_m: row.distance_m,
        eta_s: row.eta_s.and_then(|s| u32::try_from(s).ok()),
        reasons: serde_json::from_value(row.reasons)?,
        centre_zh: row.centre_zh,
        centre_en: row.centre_en,
        centre_phone: row.centre_phone,
        due_at: row.due_at.map(moment),
        welfare_due_at: row.welfare_due_at.map(moment),
        welfare_alarm_at: row.welfare_alarm_at.map(moment),
    })
}

async fn who(tx: &Tx, row: &OfferRow) -> Result<Who> {
    let key = match tx.person_key(row.subject_id).await {
        Ok(key) => key,
        Err(Error::Vault(VaultError::Erased)) => return Ok(Who { erased: true, ..Who::default() }),
        Err(other) => return Err(other),
    };
    let name = row.name_sealed.as_deref().filter(|sealed| row.known && !sealed.is_empty());
    Ok(Who {
        name: name.map(|sealed| tx.vault.open_text("person.name", row.subject_id, sealed)).transpose()?,
        erased: false,
        card: opened(&key, "care_profile", row.subject_id, row.profile.as_deref())?,
        words: text(&key, "care_call.words", row.case_id, row.words.as_deref())?,
        callback: text(&key, "care_call.callback", row.case_id, row.callback.as_deref())?,
        place: opened(&key, "care_call.place", row.case_id, row.place.as_deref())?,
    })
}

/// A text under a person's key, if there is one.
fn text(key: &PersonKey, context: &str, row: impl Into<Uuid>, sealed: Option<&[u8]>) -> Result<Option<String>> {
    let plain = sealed.map(|sealed| key.open(context, row, sealed)).transpose()?;
    Ok(plain.map(String::from_utf8).transpose().map_err(|_| VaultError::Broken)?)
}

/// Says what one can do, what one speaks and how one travels.
///
/// # Errors
/// [`Problem::Invalid`] naming `skills`, `languages` or `mode`; [`Problem::Forbidden`] for others.
pub async fn describe(store: &Store, actor: &Actor, skills: &[String], languages: &[String], mode: &str) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let not_an_option = |field: &str| Problem::field(field, Complaint::NotAnOption);
    let read = |code: &String| Skill::parse(code).map(Skill::code).ok_or_else(|| not_an_option("skills"));
    let mut skills = skills.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    skills.sort_unstable();
    skills.dedup();
    if languages.iter().any(|tag| !LANGUAGES.contains(&tag.as_str())) {
        return Err(not_an_option("languages").into());
    }
    let mode = match mode {
        "" => Err(Problem::field("mode", Complaint::Required)),
        code => Mode::parse(code).ok_or_else(|| not_an_option("mode")),
    }?;
    let tx = store.write(actor).await?;
    write(
        &tx,
        actor,
        "skills = $2, languages = $3, mode = $4",
        [skills.into_iter().map(str::to_owned).collect::<Vec<_>>().into(), languages.to_vec().into(), mode.code().into()],
    )
    .await?;
    tx.commit().await
}

/// Says where one is.
///
/// # Errors
/// [`Problem::Forbidden`] for others.
pub async fn locate(store: &Store, actor: &Actor, fix: &Fix) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let taken = time::OffsetDateTime::from_unix_timestamp(fix.taken_at.as_second())
        .map_err(|_| Problem::field("taken_at", Complaint::NotADate))?;
    let tx = store.write(actor).await?;
    // A phone whose clock runs ahead was not there later than now.
    write(
        &tx,
        actor,
        "latitude = $2, longitude = $3, accuracy_m = $4, located_at = least($5, huimin_now())",
        [fix.lat.into(), fix.lon.into(), fix.accuracy_m.into(), taken.into()],
    )
    .await?;
    tx.commit().await
}

/// Lets the city forget where one is.
///
/// # Errors
/// [`Problem::Forbidden`] for others.
pub async fn hide(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let tx = store.write(actor).await?;
    write(&tx, actor, "latitude = NULL, longitude = NULL, accuracy_m = NULL, located_at = NULL", []).await?;
    tx.commit().await
}

/// Changes one's own row; made at the first change, at the centre in which one holds the role.
async fn write(tx: &Tx, actor: &Actor, set: &str, values: impl IntoIterator<Item = Bound>) -> Result<()> {
    let centre = actor.organisations_where(RespondToCalls).first().copied().ok_or(Problem::Forbidden)?;
    let me = actor.signed_in()?;
    tx.run(
        "INSERT INTO care_responder (account_id, organisation_id, mode) VALUES ($1, $2, 'walk')
         ON CONFLICT (account_id) DO UPDATE SET organisation_id = excluded.organisation_id",
        [me.into(), centre.into()],
    )
    .await?;
    let text = format!("UPDATE care_responder r SET {set} WHERE r.account_id = $1");
    tx.run(&text, [Bound::from(me)].into_iter().chain(values)).await?;
    Ok(())
}
