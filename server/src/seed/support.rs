//! Helpers of every part of the seed: stable ids and errors of the owner's connections.

use crate::{error::Error, vault::sha256};
use shared::{FieldErrorKind, Problem};
use uuid::Uuid;

/// An id that is the same in every demo city: a UUID of version 8 (RFC 9562, 5.8) from a hash.
pub(super) fn demo_id<Id: From<Uuid>>(kind: &str, key: &str) -> Id {
    let hash = sha256(&[b"huimin.demo|", kind.as_bytes(), b"|", key.as_bytes()]);
    uuid::Builder::from_custom_bytes(hash.first_chunk::<16>().copied().unwrap_or_default()).into_uuid().into()
}

/// An error of a statement run on the owner's connection.
pub(super) fn sql_error(error: sqlx::Error) -> Error {
    Error::Store(sea_orm::DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error.into())))
}

/// An invalid contact in the tables of the demo city.
pub(super) fn contact_error(kind: FieldErrorKind) -> Error {
    Problem::field("contact", kind).into()
}
