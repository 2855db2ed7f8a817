//! The access log of the registers as the person concerned reads it (谁看了我的数据).

use crate::registry::Purpose;
use crate::{
    ids::RegisterReadId,
    texts::{Bilingual, Lang, registry as text},
};
use serde::{Deserialize, Serialize};

/// Number of reads on one page.
pub const PAGE: usize = 50;

/// The reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reader", rename_all = "snake_case")]
pub enum Reader {
    /// The person themselves.
    Myself,
    /// A person with a mandate (受托人).
    Delegate,
    /// Staff of an organisation.
    Staff {
        /// The organisation; none if the read belongs to no case.
        organisation: Option<Bilingual>,
    },
    /// A task of the system.
    System,
}

impl Reader {
    /// The name for display.
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

/// A read of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRead {
    /// Its id.
    pub id: RegisterReadId,
    /// The reader.
    pub reader: Reader,
    /// The code of a [`Purpose`], perhaps of a newer version.
    pub purpose: String,
    /// The legal basis as logged.
    pub legal_basis: String,
    /// Keys of [`crate::registry::facts::FACTS`]: the facts that were read.
    pub fields: Vec<String>,
    /// The case it was read for.
    pub case: Option<String>,
    /// The time of the read.
    pub at: jiff::Timestamp,
}

impl RegisterRead {
    /// The purpose in this language.
    #[must_use]
    pub fn purpose_name(&self, lang: Lang) -> &str {
        Purpose::parse(&self.purpose).map_or(self.purpose.as_str(), |p| p.name(lang))
    }

    /// The legal basis in this language.
    #[must_use]
    pub fn basis(&self, lang: Lang) -> &str {
        Purpose::parse(&self.purpose)
            .filter(|p| p.basis(Lang::Zh) == self.legal_basis)
            .map_or(self.legal_basis.as_str(), |p| p.basis(lang))
    }

    /// The names of the facts that were read.
    #[must_use]
    pub fn field_names(&self, lang: Lang) -> Vec<&str> {
        let name = |f: &str| {
            let fact = crate::registry::facts::known(f).map(|row| row.label(lang));
            fact.or_else(|| text::find(lang, &format!("field_{f}")))
        };
        self.fields.iter().map(|f| name(f).unwrap_or(f)).collect()
    }
}

/// A page of reads, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPage {
    /// At most [`PAGE`].
    pub reads: Vec<RegisterRead>,
    /// The `before` of the next page; none on the last.
    pub next: Option<RegisterReadId>,
}
