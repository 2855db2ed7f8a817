//! The phone or e-mail an account is known by: read once, sealed, found by its blind index.

use crate::{Vault, notices::mailer::To, vault::VaultError};
use shared::{
    Problem,
    account::{Email, Phone},
};
use uuid::Uuid;

/// How somebody signs in; prints masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// A mobile number (手机号码).
    Phone(Phone),
    /// An e-mail address (电子邮箱).
    Email(Email),
}

impl Contact {
    /// Reads what was typed: with an at sign it is an e-mail address, otherwise a phone number.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for the field `contact`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let read = if text.contains('@') { Email::parse(text).map(Self::Email) } else { Phone::parse(text).map(Self::Phone) };
        read.map_err(|complaint| Problem::field("contact", complaint))
    }

    /// In full.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// The columns of `account` where it stands: sealed value and blind index.
    pub(super) const fn columns(&self) -> (&'static str, &'static str) {
        match self {
            Self::Phone(_) => ("phone_sealed", "phone_index"),
            Self::Email(_) => ("email_sealed", "email_index"),
        }
    }

    /// The blind index by which the account is found.
    #[must_use]
    pub fn index(&self, vault: &Vault) -> Vec<u8> {
        match self {
            Self::Phone(phone) => vault.index("phone", phone.as_str()),
            Self::Email(email) => vault.index("email", email.as_str()),
        }
    }

    /// Sealed for its column in the row of this account.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn seal(&self, vault: &Vault, account: Uuid) -> Result<Vec<u8>, VaultError> {
        match self {
            Self::Phone(phone) => vault.seal("account.phone", account, phone.as_str().as_bytes()),
            Self::Email(email) => vault.seal("account.email", account, email.as_str().as_bytes()),
        }
    }

    /// Where a message to it goes.
    pub(super) fn to(&self) -> To {
        match self {
            Self::Phone(phone) => To::Phone(phone.as_str().to_owned()),
            Self::Email(email) => To::Email(email.as_str().to_owned()),
        }
    }
}
