//! The phone number or e-mail address of an account: validated, sealed and found by its blind index.

use super::entity::account;
use crate::{Vault, mail::To, vault::VaultError};
use shared::{
    Problem,
    account::{Email, Phone},
    ids::AccountId,
};

/// The contact an account signs in with; masked in debug output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// A mobile number (手机号码).
    Phone(Phone),
    /// An e-mail address (电子邮箱).
    Email(Email),
}

impl Contact {
    /// Parses input: with an at sign as an e-mail address, otherwise as a phone number.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for the field `contact`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let read = if text.contains('@') { Email::parse(text).map(Self::Email) } else { Phone::parse(text).map(Self::Phone) };
        read.map_err(|kind| Problem::field("contact", kind))
    }

    /// The full value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// The masked value, for display to the owner.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Email(email) => email.masked(),
        }
    }

    /// The column of `account` with the blind index.
    pub(super) const fn index_column(&self) -> account::Column {
        match self {
            Self::Phone(_) => account::Column::PhoneIndex,
            Self::Email(_) => account::Column::EmailIndex,
        }
    }

    /// The blind index of the contact.
    #[must_use]
    pub fn index(&self, vault: &Vault) -> Vec<u8> {
        match self {
            Self::Phone(phone) => vault.index("phone", phone.as_str()),
            Self::Email(email) => vault.index("email", email.as_str()),
        }
    }

    /// Seals the contact for its column in the row of an account.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn seal(&self, vault: &Vault, account: AccountId) -> Result<Vec<u8>, VaultError> {
        match self {
            Self::Phone(phone) => vault.seal("account.phone", account, phone.as_str().as_bytes()),
            Self::Email(email) => vault.seal("account.email", account, email.as_str().as_bytes()),
        }
    }

    /// The recipient of messages to this contact.
    pub(super) fn to(&self) -> To {
        match self {
            Self::Phone(phone) => To::Phone(phone.as_str().to_owned()),
            Self::Email(email) => To::Email(email.as_str().to_owned()),
        }
    }
}
