//! The care side of the demo city (安养): dispatch centres with policies and rotas, responders, elders with what helps
//! whoever comes to help them, and calls of the last weeks.

mod calls;
mod centres;
mod crew;
mod elders;
mod scenarios;

pub use elders::button;

use super::{population::Block, residents::Holder, staff::Member};
use crate::seed::rng::Dice;
use crate::{AppState, Vault, error::Result};
use centres::Centre;
use sqlx::{PgConnection, PgPool};
use std::collections::HashSet;
use uuid::Uuid;

/// Metres of a degree of latitude: of the mean radius of the earth, 6,371,009 m (IUGG).
const DEGREE_M: f64 = 111_195.0;

/// Writes what is missing of the centres, of those whose accounts are not in `there`, and who the elders are.
pub(super) async fn write_people(
    connection: &mut PgConnection,
    vault: &Vault,
    there: &HashSet<Uuid>,
    staff: &[Member],
    holders: &[Holder],
    block: &Block,
) -> Result<()> {
    centres::write(connection).await?;
    crew::write(connection, there, staff).await?;
    elders::write_persons(connection, vault, &elders::all(holders, block)).await
}

/// Writes what is missing of what is known of the elders.
pub(super) async fn write_profiles(city: &AppState, holders: &[Holder], block: &Block) -> Result<()> {
    elders::write(city, &elders::all(holders, block)).await
}

/// Makes the calls that are missing; answers how many there are then.
pub(super) async fn write_calls(
    owner: &PgPool,
    city: &AppState,
    staff: &[Member],
    holders: &[Holder],
    block: &Block,
) -> Result<usize> {
    calls::write(owner, city, staff, &elders::all(holders, block)).await
}

/// Latitude and longitude of a place where people of the centre live, the same for the same dice. More of them live
/// near its middle than at its edge.
fn around(dice: &mut Dice, centre: &Centre) -> (f64, f64) {
    let (latitude, longitude) = centre.at;
    let away = f64::from(dice.between(150, centre.radius_m));
    let (north, east) = (f64::from(dice.below(36_000)) / 100.0).to_radians().sin_cos();
    (latitude + away * north / DEGREE_M, longitude + away * east / (DEGREE_M * latitude.to_radians().cos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::care::geo;

    #[test]
    fn places_lie_around_their_centre() {
        for centre in centres::CENTRES {
            let mut dice = Dice::new(7);
            for _ in 0..50 {
                let away = geo::distance_m(centre.at, around(&mut dice, centre));
                assert!((140.0..f64::from(centre.radius_m) + 50.0).contains(&away), "{}: {away} m", centre.district);
            }
        }
    }
}
