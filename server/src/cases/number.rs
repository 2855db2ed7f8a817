//! Case numbers (办件编号) that people can read out: prefix, date, five random characters and a check character.

use crate::vault::sha256;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn letter(value: u8) -> char {
    ALPHABET.get(usize::from(value & 31)).map_or('0', |b| char::from(*b))
}

/// A new number, e.g. `BJ-20261123-7K3M9Q`; unique by the table's constraint, not guessable from another.
pub(super) fn make(prefix: &str, today: jiff::civil::Date) -> String {
    let random = rand::random::<[u8; 5]>();
    let body: String = random.iter().map(|b| letter(*b)).collect();
    let date = format!("{:04}{:02}{:02}", today.year(), today.month(), today.day());
    let check = sha256(&[prefix.as_bytes(), date.as_bytes(), body.as_bytes()]).first().map_or('0', |b| letter(*b));
    format!("{prefix}-{date}-{body}{check}")
}
