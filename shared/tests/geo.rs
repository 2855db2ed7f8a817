//! Distances on the sphere against published ones.
#![allow(clippy::unwrap_used, reason = "a test may stop at once")]

use proptest::prelude::*;
use shared::care::geo::distance_m;

/// Half the way round the sphere, in metres.
const HALF_ROUND: f64 = 6_371_008.8 * std::f64::consts::PI;

/// For R = 6371 km: Rosetta Code, "Haversine formula" (Nashville to Los Angeles); Veness,
/// movable-type.co.uk/scripts/latlong.html (Land's End to John o' Groats, told to 0.1 km).
#[test]
fn distances_are_those_that_were_published() {
    let published =
        [((36.12, -86.67), (33.94, -118.40), 2_886_444.4, 5.0), ((50.066_389, -5.714_722), (58.643_889, -3.07), 968_900.0, 60.0)];
    for (a, b, metres, within) in published {
        assert!((distance_m(a, b) - metres).abs() <= within, "{} {metres}", distance_m(a, b));
    }
}

#[test]
fn a_degree_of_latitude_is_the_same_everywhere_also_over_the_date_line() {
    let degree = HALF_ROUND / 180.0;
    assert!((distance_m((30.0, 114.0), (31.0, 114.0)) - degree).abs() < 1e-6);
    assert!((distance_m((0.0, 179.5), (0.0, -179.5)) - degree).abs() < 1e-3);
}

proptest! {
    #[test]
    fn distance_is_the_same_both_ways_and_never_beyond_half_the_way_round(
        a in (-90.0..=90.0, -180.0..=180.0), b in (-90.0..=90.0, -180.0..=180.0)
    ) {
        let there = distance_m(a, b);
        prop_assert!((there - distance_m(b, a)).abs() < 1e-6);
        prop_assert!((0.0..=HALF_ROUND + 1e-6).contains(&there));
    }
}
