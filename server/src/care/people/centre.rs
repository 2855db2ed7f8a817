//! Which dispatch centre (调度中心) a call belongs to: the elder's own, else the one of the district where they are
//! registered, else the nearest to where the caller is, else the city's duty desk (城市值班台), which is always there.

use crate::{
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{
    care::geo::{Fix, distance_m},
    registry::purposes,
};
use uuid::Uuid;

/// Beyond so many metres no centre is near: the city is some 130 km across.
const NEAR_M: f64 = 80_000.0;

/// A centre that can take calls: one with a policy.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Centre {
    pub(crate) id: Uuid,
    /// Its latest policy.
    pub(crate) policy: Uuid,
    district: Option<String>,
    latitude: f64,
    longitude: f64,
    /// Whether the person's profile names it.
    own: bool,
}

/// Chooses.
fn choose<'a>(centres: &'a [Centre], district: Option<&str>, fix: Option<&Fix>) -> Option<&'a Centre> {
    let of_district = || district.and_then(|code| centres.iter().find(|c| c.district.as_deref() == Some(code)));
    let near = || {
        let fix = fix?;
        let away = |c: &Centre| distance_m((fix.lat, fix.lon), (c.latitude, c.longitude));
        let districts = centres.iter().filter(|c| c.district.is_some() && away(c) <= NEAR_M);
        districts.min_by(|a, b| away(a).total_cmp(&away(b)))
    };
    let own = centres.iter().find(|c| c.own);
    own.or_else(of_district).or_else(near).or_else(|| centres.iter().find(|c| c.district.is_none())).or(centres.first())
}

/// The centre for a call of this person, if they are known, from this place, if that is known.
pub(crate) async fn of(tx: &Tx, person: Option<Uuid>, fix: Option<&Fix>) -> Result<Centre> {
    let centres: Vec<Centre> = tx
        .all(
            "SELECT c.organisation_id AS id, v.id AS policy, o.district, c.latitude, c.longitude,
                    c.organisation_id IS NOT DISTINCT FROM (SELECT centre_id FROM care_profile WHERE person_id = $1) AS own
               FROM care_centre c JOIN organisation o ON o.id = c.organisation_id
               JOIN LATERAL (SELECT id FROM care_policy WHERE organisation_id = c.organisation_id ORDER BY version DESC LIMIT 1) v ON true
              ORDER BY o.code",
            [person.into()],
        )
        .await?;
    let district = match person {
        Some(person) if centres.len() > 1 && !centres.iter().any(|c| c.own) => district_of(tx, person).await?,
        _ => None,
    };
    let chosen = choose(&centres, district.as_deref(), fix).cloned();
    chosen.ok_or_else(|| Error::Broken("no dispatch centre has an escalation policy".to_owned()))
}

/// The district where somebody is registered. Read in an emergency without asking, and logged like every read.
async fn district_of(tx: &Tx, person: Uuid) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Row {
        district: String,
    }
    let row: Option<Row> = tx
        .one(
            "SELECT r.district FROM person p
               CROSS JOIN LATERAL register_read_person($2, p.resident_id_index, $3, $4, $5, NULL) r WHERE p.id = $1",
            [
                person.into(),
                Uuid::now_v7().into(),
                purposes::EMERGENCY.code.into(),
                purposes::EMERGENCY.basis_zh.into(),
                vec!["person.address.district".to_owned()].into(),
            ],
        )
        .await?;
    Ok(row.map(|r| r.district))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn centre(n: u128, district: Option<&str>, at: (f64, f64), own: bool) -> Centre {
        let district = district.map(str::to_owned);
        Centre { id: Uuid::from_u128(n), policy: Uuid::nil(), district, latitude: at.0, longitude: at.1, own }
    }

    #[test]
    fn the_nearest_word_on_where_somebody_belongs_counts() {
        let mut centres = vec![
            centre(1, None, (30.593, 114.305), false),
            centre(2, Some("420106"), (30.554, 114.316), false),
            centre(3, Some("420117"), (30.842, 114.801), false),
        ];
        let here = Fix::new(30.84, 114.79, None, Timestamp::UNIX_EPOCH).unwrap();
        let beijing = Fix::new(39.9, 116.4, None, Timestamp::UNIX_EPOCH).unwrap();
        let chosen = |centres: &[Centre], district, fix| choose(centres, district, fix).unwrap().id.as_u128();
        assert_eq!(chosen(&centres, None, None), 1, "the duty desk");
        assert_eq!(chosen(&centres, Some("420106"), Some(&here)), 2, "the district before the place");
        assert_eq!(chosen(&centres, Some("420102"), Some(&here)), 3, "the nearest");
        assert_eq!(chosen(&centres, None, Some(&beijing)), 1, "too far from all");
        centres[2].own = true;
        assert_eq!(chosen(&centres, Some("420106"), None), 3, "their own before all");
        assert!(choose(&[], None, None).is_none());
    }
}
