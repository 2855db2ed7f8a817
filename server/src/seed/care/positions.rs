//! Random positions in the area of a dispatch centre.

use super::{super::rng::Rng, centres::Centre};

/// Metres per degree of latitude, from the mean radius of the earth, 6,371,009 m (IUGG).
const DEGREE_M: f64 = 111_195.0;

/// A random home in the area of a centre as latitude and longitude; homes are denser near the middle.
pub(super) fn random_position(rng: &mut Rng, centre: &Centre) -> (f64, f64) {
    let (latitude, longitude) = centre.at;
    let away = f64::from(rng.between(150, centre.radius_m));
    let (north, east) = (f64::from(rng.below(36_000)) / 100.0).to_radians().sin_cos();
    (latitude + away * north / DEGREE_M, longitude + away * east / (DEGREE_M * latitude.to_radians().cos()))
}

#[cfg(test)]
mod tests {
    use super::{super::centres, *};
    use shared::care::geo;

    #[test]
    fn places_lie_around_their_centre() {
        for centre in centres::CENTRES {
            let mut rng = Rng::new(7);
            for _ in 0..50 {
                let away = geo::distance_m(centre.at, random_position(&mut rng, centre));
                assert!((140.0..f64::from(centre.radius_m) + 50.0).contains(&away), "{}: {away} m", centre.district);
            }
        }
    }
}
