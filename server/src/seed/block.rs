//! A block of a thousand residents of the demo city, as in the population register.

use super::districts::Home;
use jiff::civil::{Date, date};
use shared::{
    account::{Phone, ResidentId, demo},
    registry::status::ResidentStatus,
};

/// The day on which the ages of the demo city are calculated.
pub const REFERENCE: Date = date(2026, 10, 1);
/// The number of residents of a block.
pub const BLOCK: u32 = 1000;
/// Sequences from this one on are reserved for the named people of `people`.
pub(super) const NAMED_SEQUENCES: u16 = 900;

/// One entry of the register.
#[derive(Clone, Debug)]
pub(super) struct Resident {
    pub(super) id: ResidentId,
    pub(super) name: String,
    pub(super) home: Home,
    /// Household register number (户号).
    pub(super) household: String,
    /// Relation to the head of the household (与户主关系), GB/T 4761 in words.
    pub(super) household_role: &'static str,
    pub(super) phone: Option<Phone>,
    pub(super) status: ResidentStatus,
    /// Days between the confirmation of the entry and the day of seeding.
    pub(super) confirmed_days_ago: u32,
}

impl Resident {
    /// The age in full years on [`REFERENCE`].
    pub(super) fn age(&self) -> i16 {
        age_of(self.id.born_on())
    }
}

fn age_of(born_on: Date) -> i16 {
    born_on.until((jiff::Unit::Year, REFERENCE)).map_or(0, |span| span.get_years())
}

/// A thousand residents with their kinship.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) residents: Vec<Resident>,
    /// Pairs of parent and child, as indexes into `residents`.
    pub(super) kinship: Vec<(usize, usize)>,
    households: u32,
}

impl Block {
    /// The number of the next household (户号): the reserved region and a running number.
    pub(super) fn next_household(&mut self, block: u32) -> String {
        self.households += 1;
        format!("{}{block:05}{:04}", demo::REGION, self.households)
    }
}

/// The phone number of the resident at this index of this block.
pub(super) fn phone(block: u32, place: usize) -> Option<Phone> {
    demo::phone(block.checked_mul(BLOCK)?.checked_add(u32::try_from(place).ok()?)?.checked_add(1)?).ok()
}
