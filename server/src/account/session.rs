//! What a session says of who is signed in, and the actor that follows from it.

use super::actor::{Actor, Membership, Task};
use crate::{Store, error::Result};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use shared::{
    account::{Role, roles::RESIDENT_LIMITS},
    ids::{AccountId, EnterpriseId, OrganisationId, PersonId},
    masking::mask_contact,
};

/// Stands in the session's data under [`crate::http::session_store::SIGNED_IN`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The person acted for by mandate.
    pub acting_for: Option<PersonId>,
    /// The firm acted for as its legal representative.
    #[serde(default)]
    pub enterprise: Option<EnterpriseId>,
    /// Whether the second factor was given.
    pub second_factor: bool,
    /// Seconds since 1970 at which the session began.
    pub since: i64,
    /// Seconds since 1970 of the last request that prolonged it; stands beside this, under
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

    /// With when it was used last; a session that was not used since it began, then.
    #[must_use]
    pub fn with_seen(self, seen: Option<i64>) -> Self {
        Self { seen: seen.unwrap_or(self.since), ..self }
    }

    /// Seconds that are left of it; none or fewer when it has ended.
    #[must_use]
    pub fn left(&self, who: &Presence) -> i64 {
        let idle = self.seen + i64::from(who.idle_minutes) * 60;
        let last_end = self.since + i64::from(who.absolute_hours) * 3600;
        idle.min(last_end) - who.now
    }
}

/// Who is signed in, as pages show it.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Who acts.
    pub actor: Actor,
    /// Their name as shown in the header: the person's own name, a member of staff's, or the masked phone or e-mail.
    pub name: String,
    /// The name of the person acted for.
    pub acting_for_name: Option<String>,
    /// The name of the firm acted for.
    pub enterprise_name: Option<String>,
    /// The language of the account.
    pub lang: String,
    /// Whether the account uses elder mode.
    pub elder: bool,
    /// Minutes without a request after which the session ends.
    pub idle_minutes: u32,
    /// Hours after which it ends whatever happens.
    pub absolute_hours: u32,
    /// Unread notices.
    pub unread: i64,
    /// Seconds since 1970 by the city's clock.
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
    mandate: bool,
    enterprise: Option<String>,
    has_totp: bool,
    lang: String,
    elder: bool,
    unread: i64,
    now: i64,
    roles: Vec<String>,
    organisations: Vec<OrganisationId>,
}

/// The actor of a session; none when the account is gone, disabled, or of the demo in a city that is none. A mandate that has ended since no longer counts.
///
/// # Errors
/// What the store or the vault says.
pub async fn presence(store: &Store, signed_in: &SignedIn) -> Result<Option<Presence>> {
    let tx = store.read(&Actor::system(Task::SignIn)).await?;
    let row: Option<AccountRow> = tx
        .one(
            "SELECT a.person_id, a.staff_name, a.phone_sealed, a.email_sealed, p.name_sealed, f.name_sealed AS acting_name_sealed,
                    EXISTS (SELECT 1 FROM mandate m WHERE m.account_id = a.id AND m.person_id = $2 AND m.confirmed_at IS NOT NULL
                            AND m.revoked_at IS NULL AND m.ends_on >= huimin_today()) AS mandate,
                    (SELECT e.name FROM enterprise e WHERE e.id = $3 AND e.representative_id = a.person_id) AS enterprise,
                    a.totp_sealed IS NOT NULL AS has_totp, a.lang, a.elder, (SELECT count(*) FROM notice n WHERE n.account_id = a.id AND n.read_at IS NULL) AS unread,
                    extract(epoch FROM huimin_now())::bigint AS now,
                    ARRAY(SELECT m.role FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL ORDER BY m.id) AS roles,
                    ARRAY(SELECT m.organisation_id FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL ORDER BY m.id) AS organisations
             FROM account a LEFT JOIN person p ON p.id = a.person_id LEFT JOIN person f ON f.id = $2
             WHERE a.id = $1 AND a.disabled_at IS NULL AND (NOT a.demo OR $4)",
            [signed_in.account.into(), signed_in.acting_for.into(), signed_in.enterprise.into(), store.is_demo().into()],
        )
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
    // Who has an authenticator is nobody in particular until it was used: no person, nobody acted for.
    let known = signed_in.second_factor || !row.has_totp;
    let person = row.person_id.filter(|_| known);
    let acting_for = signed_in.acting_for.filter(|_| row.mandate && known);
    // A firm is acted for by the person who represents it, as themself.
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
