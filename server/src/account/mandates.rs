//! Mandates (委托): an account acts for a family member until a date. The family member consents by a code sent to their
//! registered phone. Both sides see the mandate and are notified.

use super::{
    codes,
    entity::{account, mandate},
    kinship::{find_relation, read_own_person},
    person,
    real_name::{IdentityClaim, with_register_task},
    throttle,
};
use crate::access::actor::Actor;
use crate::{
    AppState,
    error::Result,
    mail::{Message, To},
    notices::notify,
    registry::read::Reason,
    store::{DbDate, DbInstant, Now, Tx, db_now, new_id},
};
use jiff::{ToSpan, civil::Date};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, SelectExt, UpdateMany, raw_sql,
};
use serde_json::json;
use shared::{
    FieldErrorKind, Lang, Problem,
    account::FamilyRelation,
    ids::{AccountId, MandateId, PersonId},
    masking::mask_name,
    registry::Purpose,
    texts::account as text,
};
use subtle::ConstantTimeEq;

/// Maximum number of requests of one account in a day.
const MAX_REQUESTS_PER_DAY: u32 = 5;
/// What a mandate covers: the public services (易办).
const SCOPE: &str = "services";

/// The state of a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateState {
    /// Requested; the code was not entered yet.
    Pending,
    /// In force.
    InForce,
    /// Past its last day, or not confirmed in time.
    Ended,
    /// Revoked by one of the two sides.
    Revoked,
}

/// A mandate as one of its sides sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateView {
    /// Its id, for [`confirm`] and [`revoke`].
    pub id: MandateId,
    /// The person acted for, for [`act_as`].
    pub person: PersonId,
    /// The name of the other side, masked unless the mandate is in force.
    pub name: String,
    /// The relation of the acting account to the person (texts `account::relation_…`).
    pub relation: FamilyRelation,
    /// Its state.
    pub state: MandateState,
    /// The last day.
    pub until: Date,
}

/// The mandates of an account in both directions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mandates {
    /// Mandates by which the account acts for others.
    pub i_act_for: Vec<MandateView>,
    /// Mandates by which others act for the person of the account.
    pub act_for_me: Vec<MandateView>,
}

/// Requests a mandate and sends a code to the registered phone of the person.
///
/// # Errors
/// [`Problem::RealNameFirst`]; [`Problem::Invalid`]: `name`, `resident_id` ([`FieldErrorKind::NotInRegister`],
/// [`FieldErrorKind::NotRelated`], [`FieldErrorKind::NoRegisteredPhone`]), `until` (from today to a year from now);
/// [`Problem::TooMany`]; [`Problem::Unavailable`] if the message cannot be sent now.
pub async fn request(
    state: &AppState,
    actor: &Actor,
    name: &str,
    resident_id: &str,
    until: Date,
    lang: Lang,
) -> Result<MandateId> {
    let account = actor.signed_in()?;
    let own = actor.person.ok_or(Problem::RealNameFirst)?;
    check_until(state.store.read(actor).await?.now().await?.today(), until)?;
    let claim = IdentityClaim::read(state, name, resident_id).await?;
    throttle::allow(&state.store, &format!("mandate:{account}"), MAX_REQUESTS_PER_DAY, 86_400).await?;
    let reason = Reason {
        purpose: &Purpose::Kinship,
        fields: &["person.name", "person.status", "person.household", "person.household_role", "person.phone", "kinship"],
        case: None,
    };
    let registered = claim.look_up(state, actor, reason).await?;
    let tx = state.store.write(&with_register_task(actor)).await?;
    let me = read_own_person(&tx, own).await?;
    let relation = find_relation(&tx, &me.index, &claim.index, &registered).await?;
    let relation = relation.ok_or_else(|| Problem::field("resident_id", FieldErrorKind::NotRelated))?;
    let phone = registered.phone.as_ref().ok_or_else(|| Problem::field("resident_id", FieldErrorKind::NoRegisteredPhone))?;
    let person = person::find_or_insert(&tx, &claim.index, &claim.id, &registered).await?;
    let (id, code) = (new_id::<MandateId>(), codes::generate());
    revoke_between(account, person).filter(mandate::Column::ConfirmedAt.is_null()).exec(&tx).await?;
    mandate::Entity::insert(mandate::ActiveModel {
        id: Set(id),
        person_id: Set(person),
        account_id: Set(account),
        relation: Set(relation),
        scope: Set(vec![SCOPE.to_owned()]),
        code_hash: Set(Some(codes::digest(&tx, id, &code))),
        ends_on: Set(until.into()),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await?;
    let message = Message {
        to: To::Phone(phone.as_str().to_owned()),
        subject: text::sms_mandate_subject(lang).to_owned(),
        text: text::sms_mandate(lang, text::CodeNameUntil { code, name: me.name, until }),
    };
    state.send(&message).await.map_err(|error| {
        tracing::error!(%error, "a mandate's code could not be sent");
        crate::Error::from(Problem::Unavailable { retry_after: 60 })
    })?;
    Ok(id)
}

/// Puts a mandate into force by the code sent to the person. It replaces an earlier mandate between the same two.
///
/// # Errors
/// [`Problem::NotFound`] for a mandate of another account; [`FieldErrorKind::CodeWrong`] or [`FieldErrorKind::CodeExpired`] on `code`.
pub async fn confirm(state: &AppState, actor: &Actor, mandate: MandateId, code: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let code = codes::parse(code)?;
    let acting = with_register_task(actor);
    let tx = state.store.write(&acting).await?;
    let own = mandate::Entity::find_by_id(mandate).filter(mandate::Column::AccountId.eq(account));
    if !own.exists(&tx).await? {
        return Err(Problem::NotFound.into());
    }
    let (max_tries, minutes) = (codes::MAX_TRIES, codes::VALID_MINUTES);
    let row: Option<(Vec<u8>, PersonId, DbDate)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "UPDATE mandate SET code_tries = code_tries + 1
             WHERE id = {mandate} AND code_hash IS NOT NULL AND confirmed_at IS NULL AND revoked_at IS NULL
               AND code_tries < {max_tries} AND created_at > huimin_now() - make_interval(mins => {minutes})
             RETURNING code_hash, person_id, ends_on"
        ))
        .await?;
    let (hash, person, ends_on) = row.ok_or_else(codes::expired)?;
    if !bool::from(codes::digest(&tx, mandate, &code).ct_eq(&hash)) {
        // The try is committed although the code is wrong.
        tx.commit().await?;
        return Err(codes::wrong().into());
    }
    revoke_between(account, person).filter(mandate::Column::ConfirmedAt.is_not_null()).exec(&tx).await?;
    mandate::Entity::update_many()
        .set(mandate::ActiveModel { code_hash: Set(None), ..Default::default() })
        .col_expr(mandate::Column::ConfirmedAt, db_now())
        .filter(mandate::Column::Id.eq(mandate))
        .exec(&tx)
        .await?;
    notify_both(&tx, account, person, "mandate_given", ends_on.date()).await?;
    tx.commit().await
}

/// The mandates of the signed-in account, in both directions.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn list(state: &AppState, actor: &Actor) -> Result<Mandates> {
    let account = actor.signed_in()?;
    // Names of other persons may be seen by a mandate only; the statement returns only mandates of this account.
    let tx = state.store.read(&with_register_task(actor)).await?;
    let now = tx.now().await?;
    let person = actor.person;
    let rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT m.id, m.person_id, m.relation, m.created_at, m.confirmed_at, m.revoked_at, m.ends_on,
                    m.account_id = {account} AS is_own, o.id AS other_id, o.name_sealed AS other_name
             FROM mandate m LEFT JOIN account a ON a.id = m.account_id
             LEFT JOIN person o ON o.id = CASE WHEN m.account_id = {account} THEN m.person_id ELSE a.person_id END
             WHERE m.account_id = {account} OR (m.person_id = {person} AND m.confirmed_at IS NOT NULL)
             ORDER BY m.id DESC LIMIT 100"
        ))
        .await?;
    let mut found = Mandates::default();
    for row in rows {
        let side = if row.is_own { &mut found.i_act_for } else { &mut found.act_for_me };
        side.push(row.into_view(&tx, now)?);
    }
    Ok(found)
}

/// Revokes a mandate or withdraws a request for one, by either side.
///
/// # Errors
/// [`Problem::NotFound`] for a mandate of others or one that has ended.
pub async fn revoke(state: &AppState, actor: &Actor, mandate: MandateId) -> Result<()> {
    let (me, my_person) = (actor.signed_in()?, actor.person);
    let tx = state.store.write(&with_register_task(actor)).await?;
    let row: Option<(AccountId, PersonId, bool, DbDate)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "UPDATE mandate SET revoked_at = huimin_now(), revoked_by = {me}
             WHERE id = {mandate} AND revoked_at IS NULL AND ends_on >= huimin_today()
               AND (account_id = {me} OR (person_id = {my_person} AND confirmed_at IS NOT NULL))
             RETURNING account_id, person_id, confirmed_at IS NOT NULL, ends_on"
        ))
        .await?;
    let (account, person, confirmed, ends_on) = row.ok_or(Problem::NotFound)?;
    if confirmed {
        notify_both(&tx, account, person, "mandate_revoked", ends_on.date()).await?;
    }
    tx.commit().await
}

/// Checks that the account may act for a person by a mandate in force; none: for the account's own person.
///
/// # Errors
/// [`Problem::Forbidden`] without a mandate in force.
pub async fn act_as(state: &AppState, actor: &Actor, person: Option<PersonId>) -> Result<Option<PersonId>> {
    let account = actor.signed_in()?;
    let Some(person) = person else { return Ok(None) };
    let tx = state.store.read(actor).await?;
    let in_force = mandate::Entity::find()
        .filter(mandate::Entity::in_force())
        .filter(mandate::Column::AccountId.eq(account))
        .filter(mandate::Column::PersonId.eq(person))
        .exists(&tx)
        .await?;
    if in_force && actor.person.is_some() { Ok(Some(person)) } else { Err(Problem::Forbidden.into()) }
}

fn check_until(today: Date, until: Date) -> Result<(), Problem> {
    let last = today.saturating_add(1.year());
    if until < today {
        return Err(Problem::field("until", FieldErrorKind::DateBefore { first: today.to_string() }));
    }
    if until > last {
        return Err(Problem::field("until", FieldErrorKind::DateAfter { last: last.to_string() }));
    }
    Ok(())
}

/// An update that revokes the mandates of an account for a person on behalf of the account.
fn revoke_between(account: AccountId, person: PersonId) -> UpdateMany<mandate::Entity> {
    mandate::Entity::update_many()
        .set(mandate::ActiveModel { revoked_by: Set(Some(account)), ..Default::default() })
        .col_expr(mandate::Column::RevokedAt, db_now())
        .filter(mandate::Column::AccountId.eq(account))
        .filter(mandate::Column::PersonId.eq(person))
        .filter(mandate::Column::RevokedAt.is_null())
}

/// Notifies the acting account, and the account of the person acted for if there is one.
async fn notify_both(tx: &Tx, account: AccountId, person: PersonId, kind: &str, until: Date) -> Result<()> {
    let theirs: Option<AccountId> = account::Entity::find()
        .filter(account::Column::PersonId.eq(person))
        .filter(account::Column::DisabledAt.is_null())
        .select_only()
        .column(account::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    for account in [Some(account), theirs].into_iter().flatten() {
        notify(tx, account, None, kind, json!({ "until": until.to_string() })).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    id: MandateId,
    person_id: PersonId,
    relation: FamilyRelation,
    created_at: DbInstant,
    confirmed_at: Option<DbInstant>,
    revoked_at: Option<DbInstant>,
    ends_on: DbDate,
    is_own: bool,
    other_id: Option<PersonId>,
    other_name: Option<Vec<u8>>,
}

impl Row {
    fn state(&self, now: Now) -> MandateState {
        let code_is_valid =
            time::OffsetDateTime::from(self.created_at) + time::Duration::minutes(codes::VALID_MINUTES.into()) > now.at;
        match (self.revoked_at, self.confirmed_at) {
            (Some(_), _) => MandateState::Revoked,
            _ if self.ends_on.date() < now.today() => MandateState::Ended,
            (None, Some(_)) => MandateState::InForce,
            (None, None) if code_is_valid => MandateState::Pending,
            (None, None) => MandateState::Ended,
        }
    }

    fn into_view(self, tx: &Tx, now: Now) -> Result<MandateView> {
        let state = self.state(now);
        let name = match (self.other_id, &self.other_name) {
            (Some(id), Some(sealed)) => tx.vault.open_text("person.name", id, sealed)?,
            _ => String::new(),
        };
        Ok(MandateView {
            id: self.id,
            person: self.person_id,
            name: if state == MandateState::InForce { name } else { mask_name(&name) },
            relation: self.relation,
            state,
            until: self.ends_on.date(),
        })
    }
}
