//! Locations: a position, its accuracy, and distances.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Mean radius of the earth in metres (IUGG 1980, R₁).
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// The largest accuracy that is kept, in metres: half the way around the earth.
const ACCURACY_MOST_M: f64 = 20_037_508.0;

/// A location at a time (定位), as reported by a phone or a device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Latitude in degrees, north positive (WGS 84).
    pub lat: f64,
    /// Longitude in degrees, east positive (WGS 84).
    pub lon: f64,
    /// Radius in metres within which the place lies with 95 % (W3C Geolocation, `accuracy`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// When it was measured.
    pub taken_at: Timestamp,
}

impl Fix {
    /// A location; none for invalid coordinates. An invalid accuracy is left out.
    #[must_use]
    pub fn new(lat: f64, lon: f64, accuracy_m: Option<f64>, taken_at: Timestamp) -> Option<Self> {
        let placed = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        let accuracy_m = accuracy_m.filter(|m| (0.0..=ACCURACY_MOST_M).contains(m));
        placed.then_some(Self { lat, lon, accuracy_m, taken_at })
    }
}

/// The straight-line distance between two positions in metres (haversine on a sphere; within 0.6 % of the ellipsoid).
#[must_use]
pub fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (north, east) = ((lat_b - lat_a) / 2.0, (b.1 - a.1).to_radians() / 2.0);
    let h = (lat_a.cos() * lat_b.cos()).mul_add(east.sin().powi(2), north.sin().powi(2));
    2.0 * EARTH_RADIUS_M * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_over_the_yangtze_is_some_two_kilometres_from_the_yellow_crane_tower() {
        let (tower, bridgehead) = ((30.5447, 114.2973), (30.5530, 114.2800));
        let way = distance_m(tower, bridgehead);
        assert!((1_800.0..2_000.0).contains(&way), "{way}");
        assert!(distance_m(tower, tower) < 0.001);
        assert!((distance_m(tower, bridgehead) - distance_m(bridgehead, tower)).abs() < 0.001);
        assert!(distance_m((0.0, 0.0), (0.0, 180.0)) > 20_000_000.0, "half the way around");
    }

    #[test]
    fn what_is_no_place_is_none() {
        let at = Timestamp::UNIX_EPOCH;
        assert!(Fix::new(30.5, 114.3, Some(12.0), at).is_some());
        assert_eq!(Fix::new(30.5, 114.3, Some(-1.0), at).unwrap().accuracy_m, None);
        for (lat, lon) in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Fix::new(lat, lon, None, at).is_none(), "{lat} {lon}");
        }
    }
}
