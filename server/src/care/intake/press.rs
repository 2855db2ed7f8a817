//! A press and its caller, as they are known before anything is stored.

use crate::{
    access::actor::Actor,
    care::intake::credential::{Device, DeviceKind},
    vault::sha256,
};
use shared::{
    care::press::PressBody,
    ids::{AccountId, DeviceId, PersonId, PressId},
};

/// A press with its caller.
#[derive(Clone, Debug)]
pub struct Press {
    /// What was sent.
    pub body: PressBody,
    /// The caller.
    pub who: Caller,
}

/// The caller of a press.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A signed-in resident, for themself or for the person they act for.
    Signed(Actor),
    /// A browser without a session that holds a credential.
    Browser {
        /// The device.
        device: Device,
    },
    /// A button that is worn or hangs on a wall.
    Button {
        /// The device.
        device: Device,
    },
    /// An unknown caller.
    Anonymous,
}

impl Caller {
    /// The account behind it.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Signed(actor) => actor.account,
            Self::Browser { device } | Self::Button { device } => device.account,
            Self::Anonymous => None,
        }
    }

    /// The person whose calls the caller may act on.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Signed(actor) => actor.acting_for.or(actor.person),
            Self::Browser { device } | Self::Button { device } => Some(device.person),
            Self::Anonymous => None,
        }
    }

    /// Whether the caller is this person, and not a delegate of them.
    #[must_use]
    pub fn is(&self, person: PersonId) -> bool {
        match self {
            Self::Signed(actor) => actor.acting_for.is_none() && actor.person == Some(person),
            Self::Browser { device } | Self::Button { device } => device.person == person,
            Self::Anonymous => false,
        }
    }

    pub(crate) fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Browser { device } | Self::Button { device } => Some(device.id),
            Self::Signed(_) | Self::Anonymous => None,
        }
    }

    /// The caller that holds the credential of a device.
    #[must_use]
    pub fn by(device: Device) -> Self {
        match device.kind {
            DeviceKind::Browser => Self::Browser { device },
            DeviceKind::Button => Self::Button { device },
        }
    }
}

/// The hash under which the secret of a press is stored.
pub(crate) fn secret_hash(secret: &str) -> Vec<u8> {
    sha256(&[b"huimin.press", secret.as_bytes()])
}

/// The ids under which a press can be stored: its own, and the one it gets where its own belongs to a press with another
/// secret. The second is derived from both, so that a repeated press finds it again.
pub(crate) fn possible_ids(id: PressId, secret: &str) -> [PressId; 2] {
    let digest = sha256(&[b"huimin.press.id", id.0.as_bytes(), secret.as_bytes()]);
    let other = digest.first_chunk::<16>().map_or(id, |bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid().into());
    [id, other]
}
