//! What can go wrong inside: everything a person can mend is a [`Problem`]; the rest is ours and is logged.

use shared::{Complaint, Problem};

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
            // No character that Postgres keeps: NUL, in whatever way it came. Forms are refused before, by the name of the field.
            Self::Store(error) if matches!(sqlstate(&error).as_deref(), Some("22021" | "22P05")) => {
                Problem::field("", Complaint::NotText)
            }
            Self::Store(error) if out_of_reach(&error) => {
                tracing::warn!(reference, %error, "the store does not answer");
                Problem::Unavailable { retry_after: 5 }
            }
            other => {
                tracing::error!(reference, error = %other, "internal error");
                Problem::Internal { reference: reference.to_owned() }
            }
        }
    }
}

/// Whether the store was not there, or had no room, rather than refused: trying again later helps.
fn out_of_reach(error: &sea_orm::DbErr) -> bool {
    use sea_orm::{DbErr, RuntimeErr};
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => match &**e {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
            // Connection exceptions, insufficient resources, operator intervention (57014 is a statement that took too long),
            // a lock that was not to be had in time (PostgreSQL, appendix A).
            sqlx::Error::Database(d) => d.code().is_some_and(|c| matches!(c.get(..2), Some("08" | "53" | "57")) || c == "55P03"),
            _ => false,
        },
        _ => false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{DbErr, RuntimeErr};

    #[test]
    fn a_store_that_is_not_there_is_told_as_busy_and_a_broken_statement_as_ours() {
        let told = |e: sqlx::Error| Error::from(DbErr::Query(RuntimeErr::SqlxError(e.into()))).into_problem("r");
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for away in [sqlx::Error::PoolTimedOut, sqlx::Error::Io(gone)] {
            assert!(matches!(told(away), Problem::Unavailable { retry_after: 5 }));
        }
        assert!(matches!(told(sqlx::Error::RowNotFound), Problem::Internal { .. }));
    }
}
