//! Who presses.

use crate::{
    account::actor::Actor,
    care::intake::credential::{Device, DeviceKind},
};
use uuid::Uuid;

/// Who presses.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Whoever is signed in, for themself or for whom they act.
    Signed(Actor),
    /// A browser without a session that holds a credential.
    Browser {
        /// Which.
        device: Device,
    },
    /// A button on a wrist.
    Button {
        /// Which.
        device: Device,
    },
    /// Nobody known.
    Anonymous,
}

impl Caller {
    /// The account behind it.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        match self {
            Self::Signed(actor) => actor.account,
            Self::Browser { device } | Self::Button { device } => device.account,
            Self::Anonymous => None,
        }
    }

    /// The person whose calls are theirs.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self {
            Self::Signed(actor) => actor.acting_for.or(actor.person),
            Self::Browser { device } | Self::Button { device } => Some(device.person),
            Self::Anonymous => None,
        }
    }

    /// Whether they are this person, and not somebody who acts for them.
    #[must_use]
    pub fn is(&self, person: Uuid) -> bool {
        match self {
            Self::Signed(actor) => actor.acting_for.is_none() && actor.person == Some(person),
            Self::Browser { device } | Self::Button { device } => device.person == person,
            Self::Anonymous => false,
        }
    }

    pub(crate) fn device(&self) -> Option<Uuid> {
        match self {
            Self::Browser { device } | Self::Button { device } => Some(device.id),
            Self::Signed(_) | Self::Anonymous => None,
        }
    }

    /// A caller by a device's credential.
    #[must_use]
    pub fn by(device: Device) -> Self {
        match device.kind {
            DeviceKind::Browser => Self::Browser { device },
            DeviceKind::Button => Self::Button { device },
        }
    }
}
