//! Tests distances on the sphere against published values.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;
use shared::care::geo::distance_m;

/// Half the circumference of the sphere, in metres.
const HALF_CIRCUMFERENCE: f64 = 6_371_008.8 * std::f64::consts::PI;

/// The published values use R = 6371 km; the tolerances allow for our radius of 6371.0088 km. Rosetta Code,
/// "Haversine formula" (Nashville to Los Angeles); Veness,
/// movable-type.co.uk/scripts/latlong.html (Land's End to John o' Groats, given to 0.1 km).
#[test]
fn distances_match_published_values() {
    let published =
        [((36.12, -86.67), (33.94, -118.40), 2_886_444.4, 5.0), ((50.066_389, -5.714_722), (58.643_889, -3.07), 968_900.0, 60.0)];
    for (a, b, metres, within) in published {
        assert!((distance_m(a, b) - metres).abs() <= within, "{} {metres}", distance_m(a, b));
    }
}

#[test]
fn a_degree_has_the_same_length_along_a_meridian_and_across_the_date_line() {
    let degree = HALF_CIRCUMFERENCE / 180.0;
    assert!((distance_m((30.0, 114.0), (31.0, 114.0)) - degree).abs() < 1e-6);
    assert!((distance_m((0.0, 179.5), (0.0, -179.5)) - degree).abs() < 1e-3);
}

proptest! {
    #[test]
    fn distance_is_symmetric_and_at_most_half_the_circumference(
        a in (-90.0..=90.0, -180.0..=180.0), b in (-90.0..=90.0, -180.0..=180.0)
    ) {
        let distance = distance_m(a, b);
        prop_assert!((distance - distance_m(b, a)).abs() < 1e-6);
        prop_assert!((0.0..=HALF_CIRCUMFERENCE + 1e-6).contains(&distance));
    }
}
