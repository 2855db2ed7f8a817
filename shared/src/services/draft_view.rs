//! Views of drafts (草稿) and of uploaded files (上传材料).

use crate::services::{Answers, Form, Item, draft::Carried};
use crate::texts::Bilingual;
use crate::{
    ids::{DraftId, UploadId},
    registry::Facts,
};
use serde::{Deserialize, Serialize};

/// Most uploads of one field, regardless of its form.
pub const MOST_UPLOADS: u32 = 10;
/// Longest stored file name, in characters.
pub const MOST_NAME_CHARS: usize = 120;

/// A draft (草稿) with all data of its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// Its key, as in addresses.
    pub id: DraftId,
    /// The item's version that applies now.
    pub item: Item,
    /// Increases with every save.
    pub version: i32,
    /// The answers.
    pub answers: Answers,
    /// The facts of the registers when it was started: the origin of prefilled answers.
    pub facts: Facts,
    /// The changes when it was carried to a newer version of the form; empty if there are none.
    pub carried: Vec<Carried>,
    /// The files of its fields.
    pub uploads: Vec<UploadRow>,
    /// When it was last saved.
    pub changed_at: jiff::Timestamp,
}

/// A draft in the list of drafts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    /// Its key.
    pub id: DraftId,
    /// The item's code.
    pub item: String,
    /// The item's name.
    pub name: Bilingual,
    /// When it was last saved.
    pub changed_at: jiff::Timestamp,
}

/// Where a saved page leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextPage {
    /// To the page with this id.
    Page(String),
    /// To the page on which the answers are checked before they are sent.
    Check,
}

impl NextPage {
    /// The page after this one, of those that are shown for these answers.
    #[must_use]
    pub fn after(form: &Form, page: &str, answers: &Answers) -> Self {
        let place = |id: &str| form.pages.iter().position(|p| p.id == id);
        let shown = form.shown_pages(answers);
        let next = shown.into_iter().find(|p| place(&p.id) > place(page));
        next.map_or(Self::Check, |p| Self::Page(p.id.clone()))
    }
}

/// An uploaded material as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRow {
    /// Its key: the value of the field.
    pub id: UploadId,
    /// Path of its field.
    pub field: String,
    /// The name it was uploaded under; empty once the person is erased.
    pub name: String,
    /// The media type, e.g. `image/jpeg`.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// Pixels from left to right; 0 where it is no picture.
    pub width: i32,
    /// Pixels from top to bottom; 0 where it is no picture.
    pub height: i32,
}
