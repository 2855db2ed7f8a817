//! Case numbers (办件编号) that can be read out on the phone: prefix, date, five random characters and a check character.

use crate::vault::sha256;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn letter(value: u8) -> char {
    ALPHABET.get(usize::from(value & 31)).map_or('0', |b| char::from(*b))
}

/// Makes a number, e.g. `BJ-20261123-7K3M9Q`; the table's constraint makes it unique, and it cannot be guessed from another.
pub(super) fn make(prefix: &str, today: jiff::civil::Date) -> String {
    let random = rand::random::<[u8; 5]>();
    let body: String = random.iter().map(|b| letter(*b)).collect();
    let date = format!("{:04}{:02}{:02}", today.year(), today.month(), today.day());
    let check = sha256(&[prefix.as_bytes(), date.as_bytes(), body.as_bytes()]).first().map_or('0', |b| letter(*b));
    format!("{prefix}-{date}-{body}{check}")
}

/// Whether a text has the shape of a case number; other texts are not looked up in the store.
pub(super) fn is_shaped(number: &str) -> bool {
    (4..=40).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_carries_kind_and_date_and_can_be_read_out() {
        let number = make("BJ", jiff::civil::date(2026, 1, 5));
        assert!(number.starts_with("BJ-20260105-") && number.len() == 18 && is_shaped(&number), "{number}");
        assert!(!number.get(12..).unwrap().contains(['I', 'L', 'O', 'U']));
    }

    #[test]
    fn what_no_number_looks_like_is_not_one() {
        for wrong in ["", "BJ", "BJ-1\0", "BJ-1' OR 1", "办件-1234", &"B".repeat(41)] {
            assert!(!is_shaped(wrong), "{wrong:?}");
        }
    }
}
