//! The recipients that escalation steps can reach now, loaded for a whole batch of calls at once.

use crate::care::people::centre::CITY_DESK;
use crate::{error::Result, store::Tx};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    care::escalation::Target,
    ids::{AccountId, ContactId, OrganisationId, PersonId},
};
use std::collections::HashMap;

/// Most medics a step alerts: those whose location is the most recent. If one call alerted all medics of a district, none
/// would be left for the next call.
const MEDICS_MOST: i64 = 8;

/// The organisations and the person that decide who is alerted for a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallScope {
    pub(crate) centre: OrganisationId,
    pub(crate) neighbour: Option<OrganisationId>,
    pub(crate) person: PersonId,
}

/// A recipient of an alert: an account, or an emergency contact by the phone number that is sealed in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) target: Target,
    pub(crate) account: Option<AccountId>,
    pub(crate) contact: Option<ContactId>,
}

#[derive(FromQueryResult)]
struct StaffRow {
    organisation_id: OrganisationId,
    account_id: AccountId,
    desk: bool,
    on_duty: bool,
}

/// Everyone who can be reached for some calls.
#[derive(Default)]
pub(crate) struct Reachable {
    desks: HashMap<OrganisationId, Vec<AccountId>>,
    medics: HashMap<OrganisationId, Vec<AccountId>>,
    family: HashMap<PersonId, Vec<(ContactId, Option<AccountId>)>>,
    /// Every dispatcher of the city's duty desk, on duty or not.
    city_desk: Vec<AccountId>,
}

impl Reachable {
    /// Loads them for these calls: two statements, one if no step alerts the family.
    pub(crate) async fn load(tx: &Tx, scopes: &[CallScope], family: bool) -> Result<Self> {
        let mut reachable = Self::default();
        let mut centres: Vec<OrganisationId> = scopes.iter().flat_map(|p| [Some(p.centre), p.neighbour]).flatten().collect();
        centres.push(CITY_DESK);
        centres.sort_unstable();
        centres.dedup();
        for staff in staff(tx, centres).await? {
            if staff.desk && staff.organisation_id == CITY_DESK {
                reachable.city_desk.push(staff.account_id);
            }
            let on_duty = if staff.desk { &mut reachable.desks } else { &mut reachable.medics };
            if staff.on_duty {
                on_duty.entry(staff.organisation_id).or_default().push(staff.account_id);
            }
        }
        if family {
            let mut persons: Vec<PersonId> = scopes.iter().map(|p| p.person).collect();
            persons.sort_unstable();
            persons.dedup();
            for (contact, person, account) in contacts(tx, persons).await? {
                reachable.family.entry(person).or_default().push((contact, account));
            }
        }
        Ok(reachable)
    }

    /// Whether no dispatcher of the city's duty desk is on duty.
    pub(crate) fn city_desk_is_empty(&self) -> bool {
        !self.desks.contains_key(&CITY_DESK)
    }

    /// The recipients of this target for a call. Empty means that it reaches no one. The city's duty desk is never empty:
    /// if none of its dispatchers is on duty, all of them are alerted, and if it has none, the call still waits there.
    pub(crate) fn recipients(&self, target: Target, scope: CallScope) -> Vec<Recipient> {
        let to_account = |account: &AccountId| Recipient { target, account: Some(*account), contact: None };
        let at = |staff: &HashMap<OrganisationId, Vec<AccountId>>, organisation: OrganisationId| -> Vec<Recipient> {
            staff.get(&organisation).into_iter().flatten().map(to_account).collect()
        };
        match target {
            Target::Dispatchers => at(&self.desks, scope.centre),
            Target::Medics => at(&self.medics, scope.centre),
            Target::Neighbour => scope.neighbour.map(|n| at(&self.desks, n)).unwrap_or_default(),
            Target::Family => {
                let contacts = self.family.get(&scope.person).into_iter().flatten();
                contacts.map(|(contact, account)| Recipient { target, account: *account, contact: Some(*contact) }).collect()
            }
            Target::CityDesk => {
                let on_duty = at(&self.desks, CITY_DESK);
                let staff = if on_duty.is_empty() { self.city_desk.iter().map(to_account).collect() } else { on_duty };
                if staff.is_empty() { vec![Recipient { target, account: None, contact: None }] } else { staff }
            }
        }
    }
}

/// The dispatchers of these centres and their medics on duty with the most recent location; of the city's duty desk every
/// dispatcher.
async fn staff(tx: &Tx, centres: Vec<OrganisationId>) -> Result<Vec<StaffRow>> {
    let (city_desk, most) = (CITY_DESK, MEDICS_MOST);
    tx.fetch_all(raw_sql!(
        Postgres,
        "WITH staff AS MATERIALIZED (
            SELECT m.organisation_id, m.account_id, bool_or(m.role IN ('dispatcher', 'chief_dispatcher')) AS desk,
                   bool_or(m.role = 'responder' AND r.skills && ARRAY['nurse', 'doctor']) AS medic, max(r.located_at) AS located_at
              FROM membership m JOIN account a ON a.id = m.account_id LEFT JOIN care_responder r ON r.account_id = m.account_id
             WHERE m.organisation_id = ANY({centres}) AND m.role IN ('dispatcher', 'chief_dispatcher', 'responder')
               AND m.ended_at IS NULL AND a.disabled_at IS NULL
             GROUP BY m.organisation_id, m.account_id),
         duty AS MATERIALIZED (SELECT huimin_duty_of(ARRAY(SELECT DISTINCT account_id FROM staff WHERE desk OR medic)) AS account_id),
         ranked AS (
            SELECT s.*, d.account_id IS NOT NULL AS on_duty,
                   row_number() OVER (PARTITION BY s.organisation_id, s.desk, d.account_id IS NOT NULL
                                          ORDER BY s.located_at DESC NULLS LAST, s.account_id) AS place
              FROM staff s LEFT JOIN duty d ON d.account_id = s.account_id)
         SELECT organisation_id, account_id, desk, on_duty FROM ranked
          WHERE (desk AND (on_duty OR organisation_id = {city_desk})) OR (medic AND NOT desk AND on_duty AND place <= {most})
          ORDER BY organisation_id, place"
    ))
    .await
}

/// The emergency contacts of these persons, in their order, with an account that is not disabled or a number that can
/// still be opened.
async fn contacts(tx: &Tx, persons: Vec<PersonId>) -> Result<Vec<(ContactId, PersonId, Option<AccountId>)>> {
    tx.fetch_values(raw_sql!(
        Postgres,
        "SELECT k.id, k.person_id, a.id
           FROM care_contact k LEFT JOIN account a ON a.id = k.account_id AND a.disabled_at IS NULL
           LEFT JOIN person_key y ON y.person_id = k.person_id
          WHERE k.person_id = ANY({persons}) AND (a.id IS NOT NULL OR y.key_sealed IS NOT NULL)
          ORDER BY k.person_id, k.place"
    ))
    .await
}
