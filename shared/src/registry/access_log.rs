//! Who looked at whose data (谁看了我的数据): the access log as the person it is about reads it.

use crate::texts::{Bilingual, Lang, registry as text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Reads on one page.
pub const PAGE: usize = 50;

/// Who read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reader", rename_all = "snake_case")]
pub enum Reader {
    /// The person.
    Myself,
    /// Somebody with the person's mandate (受托人).
    Delegate,
    /// Staff of an organisation.
    Staff {
        /// Which; none where the read belongs to no case.
        organisation: Option<Bilingual>,
    },
    /// A task of the system.
    System,
}

impl Reader {
    /// As shown.
    #[must_use]
    pub fn name(&self, lang: Lang) -> String {
        match self {
            Self::Myself => text::reader_myself(lang).to_owned(),
            Self::Delegate => text::reader_delegate(lang).to_owned(),
            Self::Staff { organisation: Some(o) } => text::reader_staff_of(lang, o.text(lang)),
            Self::Staff { organisation: None } => text::reader_staff(lang).to_owned(),
            Self::System => text::reader_system(lang).to_owned(),
        }
    }
}

/// One read of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRead {
    /// Its key.
    pub id: Uuid,
    /// Who.
    pub reader: Reader,
    /// Code of one of [`crate::registry::purposes::PURPOSES`].
    pub purpose: String,
    /// The legal basis as it was written down.
    pub legal_basis: String,
    /// Keys of [`crate::registry::facts::FACTS`]: what was read.
    pub fields: Vec<String>,
    /// The case it was read for.
    pub case: Option<String>,
    /// When.
    pub at: jiff::Timestamp,
}

impl RegisterRead {
    /// The purpose in this language.
    #[must_use]
    pub fn purpose_name(&self, lang: Lang) -> &str {
        crate::registry::purposes::find(&self.purpose).map_or(self.purpose.as_str(), |p| p.name(lang))
    }

    /// The legal basis in this language.
    #[must_use]
    pub fn basis(&self, lang: Lang) -> &str {
        crate::registry::purposes::find(&self.purpose)
            .filter(|p| p.basis_zh == self.legal_basis)
            .map_or(self.legal_basis.as_str(), |p| p.basis(lang))
    }

    /// The names of what was read.
    #[must_use]
    pub fn field_names(&self, lang: Lang) -> Vec<&str> {
        let name = |f: &str| {
            let fact = crate::registry::facts::known(f).map(|row| row.label(lang));
            fact.or_else(|| text::find(lang, &format!("field_{f}")))
        };
        self.fields.iter().map(|f| name(f).unwrap_or(f)).collect()
    }
}

/// One page of reads, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPage {
    /// At most [`PAGE`].
    pub reads: Vec<RegisterRead>,
    /// What to ask for as `before` for the next page; none on the last.
    pub next: Option<Uuid>,
}
