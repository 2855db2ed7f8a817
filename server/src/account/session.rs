//! The signed-in user of a session, and the actor derived from it.

use crate::access::actor::{Actor, Membership, Task};
use crate::{Store, error::Result};
use sea_orm::{FromQueryResult, raw_sql};
use serde::{Deserialize, Serialize};
use shared::{
    Lang,
    account::{Role, roles::RESIDENT_LIMITS},
    ids::{AccountId, EnterpriseId, OrganisationId, PersonId},
    masking::mask_contact,
};

/// The sign-in of a session, in its data under [`crate::http::session_store::SIGNED_IN`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The person acted for by mandate.
    pub acting_for: Option<PersonId>,
    /// The firm acted for as its legal representative.
    #[serde(default)]
    pub enterprise: Option<EnterpriseId>,
    /// Whether the second factor was passed.
    pub second_factor: bool,
    /// The begin of the session in seconds since 1970.
    pub since: i64,
    /// The last request that prolonged it in seconds since 1970; stored separately under
    /// [`crate::http::session_store::SEEN`].
    #[serde(skip)]
    pub seen: i64,
}

impl SignedIn {
    /// A session that begins now.
    #[must_use]
    pub fn now(account: AccountId, second_factor: bool) -> Self {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        Self { account, acting_for: None, enterprise: None, second_factor, since: now, seen: now }
    }

    /// With the time of the last use, or else of the begin.
    #[must_use]
    pub fn with_seen(self, seen: Option<i64>) -> Self {
        Self { seen: seen.unwrap_or(self.since), ..self }
    }

    /// The seconds until the session ends; zero or negative if it has ended.
    #[must_use]
    pub fn seconds_left(&self, who: &Presence) -> i64 {
        let idle = self.seen + i64::from(who.idle_minutes) * 60;
        let last_end = self.since + i64::from(who.absolute_hours) * 3600;
        idle.min(last_end) - who.now
    }
}

/// The signed-in user as pages show it.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The actor.
    pub actor: Actor,
    /// The name in the page header: the staff name, else the name of the person, else the masked contact.
    pub name: String,
    /// The name of the person acted for.
    pub acting_for_name: Option<String>,
    /// The name of the firm acted for.
    pub enterprise_name: Option<String>,
    /// The language of the account.
    pub lang: Lang,
    /// Whether the account uses elder mode.
    pub elder: bool,
    /// Minutes without a request after which the session ends.
    pub idle_minutes: u32,
    /// Maximum duration of the session in hours.
    pub absolute_hours: u32,
    /// Unread notices.
    pub unread: i64,
    /// The time of the city's clock in seconds since 1970.
    pub now: i64,
}

#[derive(FromQueryResult)]
struct AccountRow {
    person_id: Option<PersonId>,
    staff_name: Option<String>,
    phone_sealed: Option<Vec<u8>>,
    email_sealed: Option<Vec<u8>>,
    name_sealed: Option<Vec<u8>>,
    acting_name_sealed: Option<Vec<u8>>,
    has_mandate: bool,
    enterprise: Option<String>,
    has_totp: bool,
    lang: Lang,
    elder: bool,
    unread: i64,
    now: i64,
    /// Codes, perhaps of a newer version.
    roles: Vec<String>,
    organisations: Vec<OrganisationId>,
}

/// The signed-in user of a session; none if the account was deleted, disabled or is a demo account while those are disabled.
/// A mandate that has ended meanwhile has no effect.
///
/// # Errors
/// If the database or the vault fails.
pub async fn presence(store: &Store, signed_in: &SignedIn) -> Result<Option<Presence>> {
    let tx = store.read(&Actor::system(Task::SignIn)).await?;
    let SignedIn { account, acting_for, enterprise, .. } = *signed_in;
    let demo = store.is_demo();
    let row: Option<AccountRow> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT a.person_id, a.staff_name, a.phone_sealed, a.email_sealed, p.name_sealed, f.name_sealed AS acting_name_sealed,
                    EXISTS (SELECT 1 FROM mandate m WHERE m.account_id = a.id AND m.person_id = {acting_for}
                            AND m.confirmed_at IS NOT NULL AND m.revoked_at IS NULL AND m.ends_on >= huimin_today()) AS has_mandate,
                    (SELECT e.name FROM enterprise e WHERE e.id = {enterprise} AND e.representative_id = a.person_id) AS enterprise,
                    a.totp_sealed IS NOT NULL AS has_totp, a.lang, a.elder,
                    (SELECT count(*) FROM notice n WHERE n.account_id = a.id AND n.read_at IS NULL) AS unread,
                    extract(epoch FROM huimin_now())::bigint AS now,
                    ARRAY(SELECT m.role FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL ORDER BY m.id) AS roles,
                    ARRAY(SELECT m.organisation_id FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL
                          ORDER BY m.id) AS organisations
             FROM account a LEFT JOIN person p ON p.id = a.person_id LEFT JOIN person f ON f.id = {acting_for}
             WHERE a.id = {account} AND a.disabled_at IS NULL AND (NOT a.demo OR {demo})"
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let memberships: Vec<Membership> = row
        .roles
        .iter()
        .zip(&row.organisations)
        .filter_map(|(role, organisation)| Some(Membership { organisation: *organisation, role: Role::parse(role)? }))
        .collect();
    let limits = memberships.iter().filter_map(|m| m.role.row());
    let idle_minutes = limits.clone().map(|r| r.idle_minutes).min().unwrap_or(RESIDENT_LIMITS.0);
    let absolute_hours = limits.map(|r| r.absolute_hours).min().unwrap_or(RESIDENT_LIMITS.1);
    // Until the second factor is passed, an account with an authenticator has no person and acts for no other.
    let identified = signed_in.second_factor || !row.has_totp;
    let person = row.person_id.filter(|_| identified);
    let acting_for = signed_in.acting_for.filter(|_| row.has_mandate && identified);
    // Only its legal representative acts for a firm, and not while acting for another person.
    let enterprise_name = row.enterprise.filter(|_| person.is_some() && acting_for.is_none());
    let person_name = |id: Option<PersonId>, sealed: Option<&Vec<u8>>| match (id, sealed) {
        (Some(id), Some(sealed)) => store.vault.open_text("person.name", id, sealed).map(Some),
        _ => Ok(None),
    };
    let own_name = person_name(person, row.name_sealed.as_ref())?;
    let contact = match (&row.phone_sealed, &row.email_sealed) {
        (Some(phone), _) => mask_contact(&store.vault.open_text("account.phone", signed_in.account, phone)?),
        (None, Some(email)) => mask_contact(&store.vault.open_text("account.email", signed_in.account, email)?),
        (None, None) => String::new(),
    };
    Ok(Some(Presence {
        name: row.staff_name.or(own_name).unwrap_or(contact),
        acting_for_name: person_name(acting_for, row.acting_name_sealed.as_ref())?,
        actor: Actor {
            account: Some(signed_in.account),
            task: None,
            person,
            acting_for,
            enterprise: enterprise_name.is_some().then_some(signed_in.enterprise).flatten(),
            memberships,
            second_factor: signed_in.second_factor,
        },
        enterprise_name,
        lang: row.lang,
        elder: row.elder,
        idle_minutes,
        absolute_hours,
        unread: row.unread,
        now: row.now,
    }))
}
