//! Who can be reached now: resolved for a whole batch of calls at once.

use crate::care::CITY_DESK;
use crate::{error::Result, store::Tx};
use sea_orm::FromQueryResult;
use shared::care::escalation::Target;
use std::collections::HashMap;
use uuid::Uuid;

/// Most medics a step calls: those whose location is the freshest. All of a district for one call would be nobody for
/// the next.
const MOST_MEDICS: i64 = 8;

/// Where a call belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) centre: Uuid,
    pub(crate) neighbour: Option<Uuid>,
    pub(crate) person: Uuid,
}

/// Somebody who is called: by their account, or a contact by the phone that is sealed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) target: Target,
    pub(crate) account: Option<Uuid>,
    pub(crate) contact: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct Staff {
    organisation_id: Uuid,
    account_id: Uuid,
    desk: bool,
    on_duty: bool,
}

#[derive(FromQueryResult)]
struct Contact {
    id: Uuid,
    person_id: Uuid,
    account_id: Option<Uuid>,
}

/// Everybody who can be reached for some calls.
#[derive(Default)]
pub(crate) struct Reach {
    desks: HashMap<Uuid, Vec<Uuid>>,
    medics: HashMap<Uuid, Vec<Uuid>>,
    family: HashMap<Uuid, Vec<(Uuid, Option<Uuid>)>>,
    /// Everybody of the city's duty desk, on duty or not.
    city_desk: Vec<Uuid>,
}

const STAFF: &str = "WITH staff AS MATERIALIZED (
        SELECT m.organisation_id, m.account_id, bool_or(m.role IN ('dispatcher', 'chief_dispatcher')) AS desk,
               bool_or(m.role = 'responder' AND r.skills && ARRAY['nurse', 'doctor']) AS medic, max(r.located_at) AS located_at
          FROM membership m JOIN account a ON a.id = m.account_id LEFT JOIN care_responder r ON r.account_id = m.account_id
         WHERE m.organisation_id = ANY($1) AND m.role IN ('dispatcher', 'chief_dispatcher', 'responder')
           AND m.ended_at IS NULL AND a.disabled_at IS NULL
         GROUP BY m.organisation_id, m.account_id),
     duty AS MATERIALIZED (SELECT huimin_duty_of(ARRAY(SELECT DISTINCT account_id FROM staff WHERE desk OR medic)) AS account_id),
     ranked AS (
        SELECT s.*, d.account_id IS NOT NULL AS on_duty,
               row_number() OVER (PARTITION BY s.organisation_id, s.desk, d.account_id IS NOT NULL
                                      ORDER BY s.located_at DESC NULLS LAST, s.account_id) AS place
          FROM staff s LEFT JOIN duty d ON d.account_id = s.account_id)
     SELECT organisation_id, account_id, desk, on_duty FROM ranked
      WHERE (desk AND (on_duty OR organisation_id = $2)) OR (medic AND NOT desk AND on_duty AND place <= $3)
      ORDER BY organisation_id, place";

const FAMILY: &str = "SELECT k.id, k.person_id, a.id AS account_id
       FROM care_contact k LEFT JOIN account a ON a.id = k.account_id AND a.disabled_at IS NULL
       LEFT JOIN person_key y ON y.person_id = k.person_id
      WHERE k.person_id = ANY($1) AND (a.id IS NOT NULL OR y.key_sealed IS NOT NULL)
      ORDER BY k.person_id, k.place";

impl Reach {
    /// For these calls: two statements, one if no step calls the family.
    pub(crate) async fn of(tx: &Tx, places: &[Place], family: bool) -> Result<Self> {
        let mut reach = Self::default();
        let mut centres: Vec<Uuid> = places.iter().flat_map(|p| [Some(p.centre), p.neighbour]).flatten().collect();
        centres.push(CITY_DESK);
        centres.sort_unstable();
        centres.dedup();
        for one in tx.all::<Staff>(STAFF, [centres.into(), CITY_DESK.into(), MOST_MEDICS.into()]).await? {
            if one.desk && one.organisation_id == CITY_DESK {
                reach.city_desk.push(one.account_id);
            }
            let there = if one.desk { &mut reach.desks } else { &mut reach.medics };
            if one.on_duty {
                there.entry(one.organisation_id).or_default().push(one.account_id);
            }
        }
        if family {
            let mut persons: Vec<Uuid> = places.iter().map(|p| p.person).collect();
            persons.sort_unstable();
            persons.dedup();
            for one in tx.all::<Contact>(FAMILY, [persons.into()]).await? {
                reach.family.entry(one.person_id).or_default().push((one.id, one.account_id));
            }
        }
        Ok(reach)
    }

    /// Whether nobody of the city's duty desk is on duty.
    pub(crate) fn city_desk_is_empty(&self) -> bool {
        !self.desks.contains_key(&CITY_DESK)
    }

    /// Whom this target means for this call now. Empty: nobody can be reached, unless it is the city's duty desk: when
    /// nobody there is on duty, everybody who works there is called, and if that is nobody, the call still waits there.
    pub(crate) fn whom(&self, target: Target, place: Place) -> Vec<Called> {
        let called = |account: &Uuid| Called { target, account: Some(*account), contact: None };
        let at = |known: &HashMap<Uuid, Vec<Uuid>>, organisation: Uuid| -> Vec<Called> {
            known.get(&organisation).into_iter().flatten().map(called).collect()
        };
        match target {
            Target::Dispatchers => at(&self.desks, place.centre),
            Target::Medics => at(&self.medics, place.centre),
            Target::Neighbour => place.neighbour.map(|n| at(&self.desks, n)).unwrap_or_default(),
            Target::Family => {
                let contacts = self.family.get(&place.person).into_iter().flatten();
                contacts.map(|(contact, account)| Called { target, account: *account, contact: Some(*contact) }).collect()
            }
            Target::CityDesk => {
                let there = at(&self.desks, CITY_DESK);
                let there = if there.is_empty() { self.city_desk.iter().map(called).collect() } else { there };
                if there.is_empty() { vec![Called { target, account: None, contact: None }] } else { there }
            }
        }
    }
}
