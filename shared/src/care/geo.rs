//! Where somebody is: a position with its age and accuracy, and distances between positions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Mean radius of the Earth in metres, R₁ of the IUGG (Moritz, Geodetic Reference System 1980, 2000).
const EARTH_M: f64 = 6_371_008.8;

/// A position as a phone or a device tells it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Latitude in degrees, WGS 84, -90 to 90.
    pub lat: f64,
    /// Longitude in degrees, WGS 84, -180 to 180.
    pub lon: f64,
    /// How far off it may be, in metres, if the device says so.
    pub accuracy_m: Option<f64>,
    /// When it was taken.
    pub taken_at: Timestamp,
}

impl Fix {
    /// Whether latitude, longitude and accuracy are numbers a place can have.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.lat.abs() <= 90.0 && self.lon.abs() <= 180.0 && self.accuracy_m.is_none_or(|a| a.is_finite() && a >= 0.0)
    }
}

/// The distance between two positions in metres, along the surface of a sphere (haversine; Sinnott, Sky and Telescope
/// 68, 1984). It is within 0.6 % of that on the ellipsoid.
#[must_use]
pub fn distance_m(a: &Fix, b: &Fix) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let (half_lat, half_lon) = ((lat_b - lat_a) / 2.0, (b.lon - a.lon).to_radians() / 2.0);
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    // Rounding may put it a hair above 1 for opposite points, where no arc sine exists.
    2.0 * EARTH_M * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> Fix {
        Fix { lat, lon, accuracy_m: None, taken_at: Timestamp::UNIX_EPOCH }
    }

    /// Published distances, for R = 6 371 km: Rosetta Code, "Haversine formula" (Nashville to Los Angeles); Veness,
    /// movable-type.co.uk/scripts/latlong.html (Land's End to John o' Groats, told to 0.1 km).
    #[test]
    fn distances_are_those_that_were_published() {
        let published =
            [(at(36.12, -86.67), at(33.94, -118.40), 2_886_444.4, 5.0), (at(50.066_389, -5.714_722), at(58.643_889, -3.07), 968_900.0, 60.0)];
        for (a, b, metres, within) in published {
            assert!((distance_m(&a, &b) - metres).abs() <= within, "{} {metres}", distance_m(&a, &b));
        }
    }

    #[test]
    fn a_degree_of_latitude_is_the_same_everywhere_and_opposite_points_are_half_the_way_round() {
        let degree = EARTH_M * std::f64::consts::PI / 180.0;
        assert!((distance_m(&at(30.0, 114.0), &at(31.0, 114.0)) - degree).abs() < 1e-6);
        assert!((distance_m(&at(0.0, 0.0), &at(0.0, 180.0)) - EARTH_M * std::f64::consts::PI).abs() < 1e-3);
        assert!((distance_m(&at(0.0, 179.5), &at(0.0, -179.5)) - degree).abs() < 1e-3, "over the date line");
    }

    #[test]
    fn what_is_no_place_is_not_sound() {
        for bad in [at(90.1, 0.0), at(0.0, -180.1), at(f64::NAN, 0.0), Fix { accuracy_m: Some(-1.0), ..at(30.0, 114.0) }] {
            assert!(!bad.is_sound());
        }
        assert!(at(30.5, 114.3).is_sound());
    }

    proptest! {
        #[test]
        fn distance_is_the_same_both_ways_and_never_beyond_half_the_way_round(
            a in (-90.0..=90.0, -180.0..=180.0), b in (-90.0..=90.0, -180.0..=180.0)
        ) {
            let (a, b) = (at(a.0, a.1), at(b.0, b.1));
            let there = distance_m(&a, &b);
            prop_assert!((there - distance_m(&b, &a)).abs() < 1e-6);
            prop_assert!((0.0..=EARTH_M * std::f64::consts::PI + 1e-6).contains(&there));
        }
    }
}
