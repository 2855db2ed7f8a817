//! What a status means for the person who reads it; shown by colour and by a shape, never by colour alone.

use super::icon::IconName;

/// The meaning of a status, a notice or a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing to feel about it.
    #[default]
    Neutral,
    /// Under way, or worth knowing.
    Progress,
    /// Done, granted, fine.
    Good,
    /// Needs attention soon.
    Warn,
    /// Failed, refused, overdue.
    Bad,
}

impl Tone {
    /// The CSS class that colours it.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Progress => "tone-progress",
            Self::Good => "tone-good",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
        }
    }

    /// The shape that says the same without colour.
    #[must_use]
    pub const fn icon(self) -> IconName {
        match self {
            Self::Neutral => IconName::Dot,
            Self::Progress => IconName::Info,
            Self::Good => IconName::CheckCircle,
            Self::Warn => IconName::Alert,
            Self::Bad => IconName::CrossCircle,
        }
    }
}
