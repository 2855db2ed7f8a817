//! What can go wrong inside: everything a person can mend is a [`Problem`]; the rest is ours and is logged.

use shared::Problem;

/// The result of every service function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a service function did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something the asker is told as it is.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The store.
    #[error("store: {0}")]
    Store(#[from] sea_orm::DbErr),
    /// A sealed value that does not open, or a key that is missing.
    #[error("vault: {0}")]
    Vault(#[from] crate::vault::VaultError),
    /// The file store or the file system.
    #[error("files: {0}")]
    Io(#[from] std::io::Error),
    /// Data of our own that does not read back.
    #[error("data: {0}")]
    Data(#[from] serde_json::Error),
    /// Anything else that should not be; the text says what.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// What the asker is told. What is ours to mend is logged under `reference`, and only that is told.
    #[must_use]
    pub fn into_problem(self, reference: &str) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            Self::Store(sea_orm::DbErr::ConnectionAcquire(detail)) => {
                tracing::warn!(reference, %detail, "no connection to the store in time");
                Problem::Unavailable { retry_after: 5 }
            }
            Self::Store(sea_orm::DbErr::Conn(detail)) => {
                tracing::warn!(reference, %detail, "the store does not answer");
                Problem::Unavailable { retry_after: 5 }
            }
            other => {
                tracing::error!(reference, error = %other, "internal error");
                Problem::Internal { reference: reference.to_owned() }
            }
        }
    }
}

/// The SQLSTATE of a database error, e.g. `23505` for a broken unique constraint.
#[must_use]
pub fn sqlstate(error: &sea_orm::DbErr) -> Option<String> {
    use sea_orm::{DbErr, RuntimeErr};
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => e.as_database_error().and_then(|d| d.code().map(|c| c.into_owned())),
        _ => None,
    }
}
