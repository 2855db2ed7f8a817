//! Numbers as stored in the database and as used by the calculations.

use crate::error::{Error, Result};
use shared::finance::Rate;

/// A number of months as stored.
pub(super) fn months_from_db(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| Error::Broken(format!("{stored} months")))
}

/// A number of months to be stored.
pub(super) fn months_to_db(months: u32) -> Result<i32> {
    i32::try_from(months).map_err(|_| Error::Broken(format!("{months} months")))
}

/// An annual rate as stored, in 0.000 000 01.
pub(super) fn rate_from_db(units: i64) -> Result<Rate> {
    Rate::from_units(units).map_err(|fault| Error::Broken(format!("rate {units}: {fault}")))
}
