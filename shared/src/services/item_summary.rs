//! The catalogue as a list of cards, page by page.

use crate::services::item::{Audience, Item};
use crate::texts::Bilingual;
use serde::{Deserialize, Serialize};

/// Items on one page of the list.
pub const PAGE: usize = 50;

/// An item in the list; stored beside the item, so that lists read no forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCard {
    /// Its code, as in addresses.
    pub code: String,
    /// Its name.
    pub name: Bilingual,
    /// The service in short.
    pub summary: Bilingual,
    /// The applicants.
    pub audience: Audience,
    /// The name of the department.
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
    /// The search text: Chinese words, pinyin, initials, English, synonyms; blanks mean "and".
    pub q: String,
    /// The last code of the page before.
    pub after: Option<String>,
}

/// One page of the list, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemPage {
    /// At most [`PAGE`] cards.
    pub items: Vec<ItemCard>,
    /// The value of `after` for the next page; none on the last page.
    pub next: Option<String>,
}
