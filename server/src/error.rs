//! Errors of the services. What a user can correct is a [`Problem`]; every other error is logged and reported as internal.

use shared::{FieldErrorKind, Problem};

/// The result of every service function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a service function failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A problem that is shown to the user as it is.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The database refused or failed.
    #[error("store: {0}")]
    Store(#[from] sea_orm::DbErr),
    /// A sealed value cannot be opened, or a key is missing.
    #[error("vault: {0}")]
    Vault(#[from] crate::vault::VaultError),
    /// The file store or the file system failed.
    #[error("files: {0}")]
    Io(#[from] std::io::Error),
    /// Stored data cannot be parsed.
    #[error("data: {0}")]
    Data(#[from] serde_json::Error),
    /// Any other internal error, described by the text.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// Converts the error to the problem shown to the user. Internal errors are logged, and the problem only names
    /// `reference`, the id under which the log has the details.
    #[must_use]
    pub fn into_problem(self, reference: &str) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            // A character that Postgres cannot store (NUL). Forms are checked earlier, where the field is known.
            Self::Store(error) if matches!(sqlstate(&error).as_deref(), Some("22021" | "22P05")) => {
                Problem::field("", FieldErrorKind::NotText)
            }
            Self::Store(error) if is_unavailable(&error) => {
                tracing::warn!(reference, %error, "the database does not answer");
                Problem::Unavailable { retry_after: 5 }
            }
            other => {
                tracing::error!(reference, error = %other, "internal error");
                Problem::Internal { reference: reference.to_owned() }
            }
        }
    }
}

/// Whether the database could not be reached or was overloaded, so that a later retry may succeed.
fn is_unavailable(error: &sea_orm::DbErr) -> bool {
    use sea_orm::{DbErr, RuntimeErr};
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => match &**e {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
            // Connection exceptions, insufficient resources, operator intervention (57014: statement timeout), lock timeout
            // (PostgreSQL, appendix A).
            sqlx::Error::Database(d) => d.code().is_some_and(|c| matches!(c.get(..2), Some("08" | "53" | "57")) || c == "55P03"),
            _ => false,
        },
        _ => false,
    }
}

/// SQLSTATE of a broken unique constraint.
pub const UNIQUE_VIOLATION: &str = "23505";
/// SQLSTATE of a broken exclusion constraint.
pub const EXCLUSION_VIOLATION: &str = "23P01";

/// Converts a database error to `problem` if it has this SQLSTATE.
pub(crate) fn problem_on(code: &str, problem: Problem) -> impl FnOnce(sea_orm::DbErr) -> Error {
    move |error| if sqlstate(&error).as_deref() == Some(code) { problem.into() } else { error.into() }
}

/// The SQLSTATE of a database error.
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
    fn an_unreachable_database_is_reported_as_busy_and_a_broken_statement_as_internal() {
        let to_problem = |e: sqlx::Error| Error::from(DbErr::Query(RuntimeErr::SqlxError(e.into()))).into_problem("r");
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for error in [sqlx::Error::PoolTimedOut, sqlx::Error::Io(gone)] {
            assert!(matches!(to_problem(error), Problem::Unavailable { retry_after: 5 }));
        }
        assert!(matches!(to_problem(sqlx::Error::RowNotFound), Problem::Internal { .. }));
    }
}
