//! The tone of a status, shown by colour and by an icon, never by colour alone.

use super::icon::IconName;
use shared::cases::StateTone;

/// The tone of a status, a notice or a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Neutral,
    /// In progress, or information.
    Progress,
    /// Done or granted.
    Good,
    /// Needs attention soon.
    Warn,
    /// Failed, refused, overdue.
    Bad,
}

impl From<StateTone> for Tone {
    fn from(tone: StateTone) -> Self {
        match tone {
            StateTone::Progress => Self::Progress,
            StateTone::Good => Self::Good,
            StateTone::Warn => Self::Warn,
            StateTone::Bad => Self::Bad,
            StateTone::Neutral => Self::Neutral,
        }
    }
}

impl Tone {
    /// The CSS class of the colour.
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

    /// The icon with the same meaning, independent of colour.
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
