//! The text of a consent (授权书): what the firm is shown and what is hashed.

use super::{codes::DataCategory, life::CONSENT_DAYS};
use crate::{Lang, texts::finance as text};

/// The text that the firm agrees to when it ticks a category for a bank.
#[must_use]
pub fn wording(lang: Lang, bank: &str, category: DataCategory) -> String {
    let what = text::find(lang, &format!("category_{category}")).unwrap_or_default();
    let fields = text::find(lang, &format!("category_{category}_fields")).unwrap_or_default();
    text::consent_wording(lang, text::BankDaysFieldsWhat { bank, days: CONSENT_DAYS, fields, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_names_itself_and_the_bank_in_both_languages() {
        for lang in [Lang::Zh, Lang::En] {
            let all: Vec<String> = DataCategory::ALL.iter().map(|c| wording(lang, "Bank X", *c)).collect();
            for (at, one) in all.iter().enumerate() {
                assert!(one.contains("Bank X") && one.contains("90") && all.iter().skip(at + 1).all(|other| other != one));
            }
        }
    }
}
