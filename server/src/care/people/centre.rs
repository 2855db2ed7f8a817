//! The dispatch centre (调度中心) of a call: the one in the person's profile, else the one of the district where they are
//! registered, else the nearest to the caller, else the city's duty desk (城市值班台), which always exists.

use crate::{
    error::{Error, Result},
    store::{Tx, new_id},
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    Lang,
    care::geo::{Fix, distance_m},
    ids::{OrganisationId, PersonId, PolicyId, RegisterReadId},
    registry::Purpose,
};
use uuid::Uuid;

/// The city's duty desk (城市值班台), inserted by the migrations.
pub const CITY_DESK: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0120));

/// Metres beyond which no centre is near: the city is about 130 km across.
const NEAR_M: f64 = 80_000.0;

/// A centre that can take calls: one with a policy.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Centre {
    pub(crate) id: OrganisationId,
    /// Its latest policy.
    pub(crate) policy: PolicyId,
    district: Option<String>,
    latitude: f64,
    longitude: f64,
    /// Whether the person's profile names it.
    own: bool,
}

/// Chooses the centre from what is known about the person and the caller.
fn choose<'a>(centres: &'a [Centre], district: Option<&str>, fix: Option<&Fix>) -> Option<&'a Centre> {
    let of_district = || district.and_then(|code| centres.iter().find(|c| c.district.as_deref() == Some(code)));
    let nearest = || {
        let fix = fix?;
        let distance = |c: &Centre| distance_m((fix.lat, fix.lon), (c.latitude, c.longitude));
        let districts = centres.iter().filter(|c| c.district.is_some() && distance(c) <= NEAR_M);
        districts.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    };
    let own = centres.iter().find(|c| c.own);
    own.or_else(of_district).or_else(nearest).or_else(|| centres.iter().find(|c| c.district.is_none())).or(centres.first())
}

/// The centre for a call of this person, if known, from this place, if known.
pub(crate) async fn find(tx: &Tx, person: Option<PersonId>, fix: Option<&Fix>) -> Result<Centre> {
    let centres: Vec<Centre> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT c.organisation_id AS id, v.id AS policy, o.district, c.latitude, c.longitude,
                    c.organisation_id IS NOT DISTINCT FROM (SELECT centre_id FROM care_profile WHERE person_id = {person}) AS own
               FROM care_centre c JOIN organisation o ON o.id = c.organisation_id
               JOIN LATERAL (SELECT id FROM care_policy WHERE organisation_id = c.organisation_id ORDER BY version DESC LIMIT 1) v ON true
              ORDER BY o.code"
        ))
        .await?;
    let district = match person {
        Some(person) if centres.len() > 1 && !centres.iter().any(|c| c.own) => registered_district(tx, person).await?,
        Some(_) | None => None,
    };
    let chosen = choose(&centres, district.as_deref(), fix).cloned();
    chosen.ok_or_else(|| Error::Broken("no dispatch centre has an escalation policy".to_owned()))
}

/// The district where the person is registered. An emergency needs no consent, but the read is logged like every other.
async fn registered_district(tx: &Tx, person: PersonId) -> Result<Option<String>> {
    let read: RegisterReadId = new_id();
    let (purpose, basis) = (Purpose::Emergency.code(), Purpose::Emergency.basis(Lang::Zh));
    let fields = vec!["person.address.district".to_owned()];
    tx.fetch_value(raw_sql!(
        Postgres,
        "SELECT r.district FROM person p
           CROSS JOIN LATERAL register_read_person({read}, p.resident_id_index, {purpose}, {basis}, {fields}, NULL) r
          WHERE p.id = {person}"
    ))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn centre(n: u128, district: Option<&str>, at: (f64, f64), own: bool) -> Centre {
        let district = district.map(str::to_owned);
        Centre { id: Uuid::from_u128(n).into(), policy: PolicyId::NIL, district, latitude: at.0, longitude: at.1, own }
    }

    #[test]
    fn the_most_specific_information_decides() {
        let mut centres = vec![
            centre(1, None, (30.593, 114.305), false),
            centre(2, Some("420106"), (30.554, 114.316), false),
            centre(3, Some("420117"), (30.842, 114.801), false),
        ];
        let here = Fix::new(30.84, 114.79, None, Timestamp::UNIX_EPOCH).unwrap();
        let beijing = Fix::new(39.9, 116.4, None, Timestamp::UNIX_EPOCH).unwrap();
        let chosen = |centres: &[Centre], district, fix| choose(centres, district, fix).unwrap().id.0.as_u128();
        assert_eq!(chosen(&centres, None, None), 1, "the duty desk");
        assert_eq!(chosen(&centres, Some("420106"), Some(&here)), 2, "the district before the place");
        assert_eq!(chosen(&centres, Some("420102"), Some(&here)), 3, "the nearest");
        assert_eq!(chosen(&centres, None, Some(&beijing)), 1, "too far from all");
        centres[2].own = true;
        assert_eq!(chosen(&centres, Some("420106"), None), 3, "their own before all");
        assert!(choose(&[], None, None).is_none());
    }
}
