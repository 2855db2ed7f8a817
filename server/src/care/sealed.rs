//! Opening content that is sealed under a person's key or the city's key.

use crate::{
    error::Result,
    store::Tx,
    vault::{PersonKey, VaultError},
};
use serde::de::DeserializeOwned;
use shared::ids::PersonId;
use uuid::Uuid;

/// Opens a value under a person's key, if there is one.
pub(crate) fn open_json<T: DeserializeOwned>(
    key: &PersonKey,
    context: &str,
    row: impl Into<Uuid>,
    sealed: Option<&[u8]>,
) -> Result<Option<T>> {
    Ok(sealed.map(|sealed| key.open_json(context, row, sealed)).transpose()?)
}

/// Opens a text under a person's key, if there is one.
pub(crate) fn open_text(key: &PersonKey, context: &str, row: impl Into<Uuid>, sealed: Option<&[u8]>) -> Result<Option<String>> {
    let plain = sealed.map(|sealed| key.open(context, row, sealed)).transpose()?;
    Ok(plain.map(String::from_utf8).transpose().map_err(|_| VaultError::Broken)?)
}

/// The name of the person a call is for. None for an unknown caller, for an erased person, and where the sealed name
/// cannot be opened: that must not hide a call.
pub(crate) fn caller_name(tx: &Tx, subject: PersonId, known: bool, sealed: Option<&[u8]>) -> Option<String> {
    let sealed = sealed.filter(|_| known)?;
    tx.vault.open_text("person.name", subject, sealed).ok().filter(|name| !name.is_empty())
}
