//! Mandates (委托): acting for a family member, with their consent by a code to the phone the register knows, until a
//! date. Both sides see it and both are told.

use super::{
    actor::Actor,
    codes,
    kinship::{own_row, relation},
    person,
    real_name::{Asked, registering},
    throttle,
};
use crate::{
    AppState,
    error::Result,
    notices::{
        mailer::{Message, To, send},
        tell,
    },
    registry::read::Reason,
    store::{Now, Tx, civil, stored},
};
use jiff::{ToSpan, civil::Date};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{Complaint, Lang, Problem, registry::purposes, texts::account as text};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Requests a day of one account.
const REQUESTS_A_DAY: u32 = 5;
/// What a mandate covers: the public services (易办).
const SCOPE: &str = "services";
/// How a mandate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateState {
    /// Asked for; the code has not been given.
    Pending,
    /// In force.
    InForce,
    /// Past its last day, or never confirmed in time.
    Ended,
    /// Ended by one of the two.
    Revoked,
}

/// A mandate as one of its two sides sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateView {
    /// Names it in [`confirm`] and [`revoke`].
    pub id: Uuid,
    /// The person acted for, as [`act_as`] takes it.
    pub person: Uuid,
    /// The other side's name; all but the first character hidden unless it is in force.
    pub name: String,
    /// What the one who acts is to the person: `child`, `parent` or `spouse` (texts `account::relation_…`).
    pub relation: String,
    /// How it stands.
    pub state: MandateState,
    /// The last day.
    pub until: Date,
}

/// Both directions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mandates {
    /// Those for whom the account acts.
    pub i_act_for: Vec<MandateView>,
    /// Those who act for the account's person.
    pub act_for_me: Vec<MandateView>,
}

/// Asks for a mandate and sends a code to the person's phone in the register.
///
/// # Errors
/// [`Problem::RealNameFirst`]; [`Problem::Invalid`]: `name`, `resident_id` ([`Complaint::NotInRegister`],
/// [`Complaint::NotRelated`], [`Complaint::NoRegisteredPhone`]), `until` (from today to a year from now);
/// [`Problem::TooMany`]; [`Problem::Unavailable`] when no message can be sent now.
pub async fn request(city: &AppState, actor: &Actor, name: &str, resident_id: &str, until: Date, lang: Lang) -> Result<Uuid> {
    let account = actor.signed_in()?;
    let own = actor.person.ok_or(Problem::RealNameFirst)?;
    check_until(city.store.read(actor).await?.now().await?.today(), until)?;
    let asked = Asked::read(city, name, resident_id).await?;
    throttle::allow(&city.store, &format!("mandate:{account}"), REQUESTS_A_DAY, 86_400).await?;
    let reason = Reason {
        purpose: &purposes::KINSHIP,
        fields: &["person.name", "person.status", "person.household", "person.household_role", "person.phone", "kinship"],
        case: None,
    };
    let registered = asked.look_up(city, actor, reason).await?;
    let tx = city.store.write(&registering(actor)).await?;
    let me = own_row(&tx, own).await?;
    let relation = relation(&tx, &me.index, &asked.index, &registered).await?;
    let relation = relation.ok_or_else(|| Problem::field("resident_id", Complaint::NotRelated))?;
    let phone = registered.phone.as_ref().ok_or_else(|| Problem::field("resident_id", Complaint::NoRegisteredPhone))?;
    let person = person::find_or_make(&tx, &asked.index, &asked.id, &registered).await?;
    let (id, code) = (Uuid::now_v7(), codes::six_digits());
    tx.run(
        "UPDATE mandate SET revoked_at = huimin_now(), revoked_by = $1 WHERE account_id = $1 AND person_id = $2
         AND confirmed_at IS NULL AND revoked_at IS NULL",
        [account.into(), person.into()],
    )
    .await?;
    tx.run(
        "INSERT INTO mandate (id, person_id, account_id, relation, scope, code_hash, ends_on) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            id.into(),
            person.into(),
            account.into(),
            relation.into(),
            vec![SCOPE.to_owned()].into(),
            codes::digest(&tx, id, &code).into(),
            stored(until).into(),
        ],
    )
    .await?;
    tx.commit().await?;
    let message = Message {
        to: To::Phone(phone.as_str().to_owned()),
        subject: text::sms_mandate_subject(lang).to_owned(),
        text: text::sms_mandate(lang, text::CodeNameUntil { code, name: me.name, until }),
    };
    send(city, &message).await.map_err(|error| {
        tracing::error!(%error, "a mandate's code could not be sent");
        crate::Error::from(Problem::Unavailable { retry_after: 60 })
    })?;
    Ok(id)
}

/// Puts a mandate in force with the code the person was sent. It replaces an earlier one between the same two.
///
/// # Errors
/// [`Problem::NotFound`] when it is not theirs; [`Complaint::CodeWrong`] or [`Complaint::CodeExpired`] on `code`.
pub async fn confirm(city: &AppState, actor: &Actor, mandate: Uuid, code: &str) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        code_hash: Vec<u8>,
        person_id: Uuid,
        ends_on: time::Date,
    }
    let account = actor.signed_in()?;
    let code = codes::read(code)?;
    let acting = registering(actor);
    let tx = city.store.write(&acting).await?;
    if tx.run("SELECT FROM mandate WHERE id = $1 AND account_id = $2", [mandate.into(), account.into()]).await? == 0 {
        return Err(Problem::NotFound.into());
    }
    let row: Option<Row> = tx
        .one(
            "UPDATE mandate SET code_tries = code_tries + 1
             WHERE id = $1 AND code_hash IS NOT NULL AND confirmed_at IS NULL AND revoked_at IS NULL AND code_tries < $2
               AND created_at > huimin_now() - make_interval(mins => $3)
             RETURNING code_hash, person_id, ends_on",
            [mandate.into(), codes::TRIES.into(), codes::MINUTES.into()],
        )
        .await?;
    let row = row.ok_or_else(codes::expired)?;
    if !bool::from(codes::digest(&tx, mandate, &code).ct_eq(&row.code_hash)) {
        // The try is counted for good.
        tx.commit().await?;
        return Err(codes::wrong().into());
    }
    tx.run(
        "UPDATE mandate SET revoked_at = huimin_now(), revoked_by = $1 WHERE account_id = $1 AND person_id = $2
         AND confirmed_at IS NOT NULL AND revoked_at IS NULL",
        [account.into(), row.person_id.into()],
    )
    .await?;
    tx.run("UPDATE mandate SET confirmed_at = huimin_now(), code_hash = NULL WHERE id = $1", [mandate.into()]).await?;
    tell_both(&tx, account, row.person_id, "mandate_given", civil(row.ends_on)).await?;
    tx.commit().await
}

/// The mandates of the signed-in account, in both directions.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn list(city: &AppState, actor: &Actor) -> Result<Mandates> {
    let account = actor.signed_in()?;
    // The other side's name is nobody's to see but by a mandate between the two, which the query itself demands.
    let tx = city.store.read(&registering(actor)).await?;
    let now = tx.now().await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT m.id, m.person_id, m.relation, m.created_at, m.confirmed_at, m.revoked_at, m.ends_on,
                    m.account_id = $1 AS mine, o.id AS other_id, o.name_sealed AS other_name
             FROM mandate m LEFT JOIN account a ON a.id = m.account_id
             LEFT JOIN person o ON o.id = CASE WHEN m.account_id = $1 THEN m.person_id ELSE a.person_id END
             WHERE m.account_id = $1 OR (m.person_id = $2 AND m.confirmed_at IS NOT NULL)
             ORDER BY m.id DESC LIMIT 100",
            [account.into(), actor.person.into()],
        )
        .await?;
    let mut found = Mandates::default();
    for row in rows {
        let side = if row.mine { &mut found.i_act_for } else { &mut found.act_for_me };
        side.push(row.view(&tx, now)?);
    }
    Ok(found)
}

/// Ends a mandate, or takes a request for one back: either side may.
///
/// # Errors
/// [`Problem::NotFound`] when it is not theirs or has ended.
pub async fn revoke(city: &AppState, actor: &Actor, mandate: Uuid) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: Uuid,
        person_id: Uuid,
        confirmed: bool,
        ends_on: time::Date,
    }
    let account = actor.signed_in()?;
    let tx = city.store.write(&registering(actor)).await?;
    let row: Option<Row> = tx
        .one(
            "UPDATE mandate SET revoked_at = huimin_now(), revoked_by = $2
             WHERE id = $1 AND revoked_at IS NULL AND ends_on >= huimin_today()
               AND (account_id = $2 OR (person_id = $3 AND confirmed_at IS NOT NULL))
             RETURNING account_id, person_id, confirmed_at IS NOT NULL AS confirmed, ends_on",
            [mandate.into(), account.into(), actor.person.into()],
        )
        .await?;
    let row = row.ok_or(Problem::NotFound)?;
    if row.confirmed {
        tell_both(&tx, row.account_id, row.person_id, "mandate_revoked", civil(row.ends_on)).await?;
    }
    tx.commit().await
}

/// Whom the session acts for from now on: a person whose mandate is in force, or oneself.
///
/// # Errors
/// [`Problem::Forbidden`] without a mandate in force.
pub async fn act_as(city: &AppState, actor: &Actor, person: Option<Uuid>) -> Result<Option<Uuid>> {
    let account = actor.signed_in()?;
    let Some(person) = person else { return Ok(None) };
    let tx = city.store.read(actor).await?;
    let in_force = tx
        .run(
            "SELECT FROM mandate WHERE account_id = $1 AND person_id = $2 AND confirmed_at IS NOT NULL AND revoked_at IS NULL
             AND ends_on >= huimin_today()",
            [account.into(), person.into()],
        )
        .await?;
    if in_force > 0 && actor.person.is_some() { Ok(Some(person)) } else { Err(Problem::Forbidden.into()) }
}

fn check_until(today: Date, until: Date) -> Result<(), Problem> {
    let last = today.saturating_add(1.year());
    if until < today {
        return Err(Problem::field("until", Complaint::DateBefore { first: today.to_string() }));
    }
    if until > last {
        return Err(Problem::field("until", Complaint::DateAfter { last: last.to_string() }));
    }
    Ok(())
}

/// Tells the one who acts, and the one acted for if they have an account.
async fn tell_both(tx: &Tx, account: Uuid, person: Uuid, kind: &str, until: Date) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let theirs: Option<Row> =
        tx.one("SELECT id FROM account WHERE person_id = $1 AND disabled_at IS NULL", [person.into()]).await?;
    for account in [Some(account), theirs.map(|r| r.id)].into_iter().flatten() {
        tell(tx, account, None, kind, json!({ "until": until.to_string() })).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    person_id: Uuid,
    relation: String,
    created_at: time::OffsetDateTime,
    confirmed_at: Option<time::OffsetDateTime>,
    revoked_at: Option<time::OffsetDateTime>,
    ends_on: time::Date,
    mine: bool,
    other_id: Option<Uuid>,
    other_name: Option<Vec<u8>>,
}

impl Row {
    fn state(&self, now: Now) -> MandateState {
        let waits = self.created_at + time::Duration::minutes(codes::MINUTES.into()) > now.at;
        match (self.revoked_at, self.confirmed_at) {
            (Some(_), _) => MandateState::Revoked,
            _ if civil(self.ends_on) < now.today() => MandateState::Ended,
            (None, Some(_)) => MandateState::InForce,
            (None, None) if waits => MandateState::Pending,
            (None, None) => MandateState::Ended,
        }
    }

    fn view(self, tx: &Tx, now: Now) -> Result<MandateView> {
        let state = self.state(now);
        let name = match (self.other_id, &self.other_name) {
            (Some(id), Some(sealed)) => tx.vault.open_text("person.name", id, sealed)?,
            _ => String::new(),
        };
        Ok(MandateView {
            id: self.id,
            person: self.person_id,
            name: if state == MandateState::InForce { name } else { person::masked_name(&name) },
            relation: self.relation,
            state,
            until: civil(self.ends_on),
        })
    }
}
