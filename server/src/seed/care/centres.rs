//! The dispatch centres of the demo city: positions, neighbouring centres and escalation policies.

use super::super::{
    organisations,
    support::{demo_id, sql_error},
};
use crate::error::{Error, Result};
use shared::{
    account::{OrganisationKind, demo},
    care::escalation::{PolicyStep, Target},
    ids::PolicyId,
};
use sqlx::PgConnection;

/// The dispatch centre of a district.
#[derive(Debug)]
pub(super) struct Centre {
    /// The code of the district (GB/T 2260).
    pub(super) district: &'static str,
    /// Latitude and longitude in degrees, near the seat of the district's government.
    pub(super) at: (f64, f64),
    /// The radius of its area in metres.
    pub(super) radius_m: u32,
    /// The bordering district whose centre is alerted if no one answers.
    neighbour: &'static str,
    /// The delay of each step of its policy in seconds, longer in large districts.
    delay: u32,
}

const fn centre(district: &'static str, at: (f64, f64), radius_m: u32, neighbour: &'static str, delay: u32) -> Centre {
    Centre { district, at, radius_m, neighbour, delay }
}

/// One row per district. Positions are approximate: the `center` of the adcode in AMap's district service
/// (高德地图行政区域查询, lbs.amap.com) and in DataV.GeoAtlas (geo.datav.aliyun.com), rounded to a hundredth of a degree (1 km).
/// The datum GCJ-02 differs from WGS 84 by 0.6 km here, which is less.
#[rustfmt::skip]
pub(super) const CENTRES: &[Centre] = &[
    centre("420102", (30.59, 114.30), 3_000, "420103", 15),
    centre("420103", (30.58, 114.28), 2_000, "420104", 15),
    centre("420104", (30.57, 114.26), 2_500, "420103", 15),
    centre("420105", (30.55, 114.27), 3_500, "420104", 20),
    centre("420106", (30.55, 114.31), 3_000, "420111", 20),
    centre("420107", (30.63, 114.40), 3_000, "420106", 20),
    centre("420111", (30.50, 114.40), 6_000, "420106", 20),
    centre("420112", (30.62, 114.14), 6_000, "420104", 20),
    centre("420113", (30.31, 114.08), 8_000, "420114", 30),
    centre("420114", (30.58, 114.03), 8_000, "420105", 30),
    centre("420115", (30.35, 114.31), 8_000, "420111", 30),
    centre("420116", (30.87, 114.37), 9_000, "420102", 30),
    centre("420117", (30.84, 114.80), 9_000, "420116", 30),
];

/// The centre of a district.
pub(super) fn of(district: &str) -> Option<&'static Centre> {
    CENTRES.iter().find(|c| c.district == district)
}

/// The first phone number of the centres, in the range reserved for demos; no other demo number is in their range.
const FIRST_CENTRE_PHONE: u32 = 79_000_000;

/// The escalation policy of a district: its dispatchers, the family, medics nearby, the neighbouring centre, and finally the
/// city's duty desk, which is always staffed.
fn steps(delay: u32) -> Vec<PolicyStep> {
    [
        vec![Target::Dispatchers],
        vec![Target::Dispatchers, Target::Family],
        vec![Target::Medics, Target::Neighbour],
        vec![Target::CityDesk],
    ]
    .into_iter()
    .map(|targets| PolicyStep { targets, delay_seconds: delay })
    .collect()
}

/// Inserts the missing centres, each with its first policy.
pub(super) async fn write(connection: &mut PgConnection) -> Result<()> {
    let all = organisations::all();
    let id = |district: &str| {
        let found = all.iter().find(|o| o.kind == OrganisationKind::Centre && o.district == Some(district)).map(|o| o.id);
        found.ok_or_else(|| Error::Broken(format!("no centre in {district}")))
    };
    for (serial, centre) in (FIRST_CENTRE_PHONE..).zip(CENTRES) {
        let (latitude, longitude) = centre.at;
        let phone = demo::phone(serial).map_err(|kind| Error::Broken(format!("{kind:?}")))?;
        sqlx::query(
            "INSERT INTO care_centre (organisation_id, neighbour_id, latitude, longitude, phone) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(id(centre.district)?.uuid())
        .bind(id(centre.neighbour)?.uuid())
        .bind(latitude)
        .bind(longitude)
        .bind(phone.as_str())
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
        sqlx::query(
            "INSERT INTO care_policy (id, organisation_id, version, steps) VALUES ($1, $2, 1, $3) ON CONFLICT DO NOTHING",
        )
        .bind(demo_id::<PolicyId>("care_policy", centre.district).uuid())
        .bind(id(centre.district)?.uuid())
        .bind(serde_json::to_value(steps(centre.delay))?)
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{care::geo, registry::districts::DISTRICTS};

    #[test]
    fn every_district_has_a_centre_near_its_neighbour() {
        assert_eq!(CENTRES.iter().map(|c| c.district).collect::<Vec<_>>(), DISTRICTS.iter().map(|d| d.code).collect::<Vec<_>>());
        for centre in CENTRES {
            let neighbour = of(centre.neighbour).unwrap();
            assert!(neighbour.district != centre.district);
            let apart = geo::distance_m(centre.at, neighbour.at);
            assert!((1_000.0..45_000.0).contains(&apart), "{}: {apart} m", centre.district);
        }
        assert!(organisations::all().iter().any(|o| o.id == organisations::DUTY_DESK_ID));
    }
}
