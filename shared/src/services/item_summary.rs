//! The catalogue as a list: what a card says of an item, page by page.

use crate::services::item::{Audience, Item};
use crate::texts::Bilingual;
use serde::{Deserialize, Serialize};

/// Items on one page of the list.
pub const PAGE: usize = 50;

/// What the list says of an item; stored beside it, so that a list reads no form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCard {
    /// Its code, as in addresses.
    pub code: String,
    /// Its name.
    pub name: Bilingual,
    /// What one gets.
    pub summary: Bilingual,
    /// Who applies.
    pub audience: Audience,
    /// What the department is called.
    pub department: Bilingual,
    /// Codes of its themes.
    pub themes: Vec<String>,
    /// Promised working days (承诺时限).
    pub promised_days: i32,
    /// The fee in fen; 0 is free.
    pub fee_fen: i64,
    /// Visits in person; 0 is entirely online (全程网办).
    pub visits: u8,
    /// Whether anything in it is an example only (示例).
    pub example: bool,
}

impl From<&Item> for ItemCard {
    fn from(item: &Item) -> Self {
        Self {
            code: item.code.clone(),
            name: item.name.clone(),
            summary: item.summary.clone(),
            audience: item.audience,
            department: item.department_name.clone(),
            themes: item.themes.clone(),
            promised_days: item.time.promised_days,
            fee_fen: item.fee.fen,
            visits: item.visits,
            example: item.has_examples(),
        }
    }
}

/// Which items are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFilter {
    /// For these applicants only.
    pub audience: Option<Audience>,
    /// With this theme only.
    pub theme: Option<String>,
    /// What was typed into the search: Chinese words, pinyin, initials, English, synonyms; blanks mean "and".
    pub q: String,
    /// The last code of the page before.
    pub after: Option<String>,
}

/// One page of the list, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemPage {
    /// At most [`PAGE`] cards.
    pub items: Vec<ItemCard>,
    /// What to ask for as `after` for the next page; none on the last.
    pub next: Option<String>,
}
