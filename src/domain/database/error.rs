//! Errors of both databases: retryable ones, constraint violations, and unavailability.

use sea_orm::{DbErr, RuntimeErr, SqlxError, sqlx::error::DatabaseError};

use crate::domain::kernel::fault::Fault;

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        if is_conflict(&error) {
            return Self::Conflict(std::sync::Arc::new(error));
        }
        let lost = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                use SqlxError::{Io, PoolClosed, PoolTimedOut, Tls};
                matches!(**source, Io(_) | PoolTimedOut | PoolClosed | Tls(_)) || is_shutting_down(&error)
            }
            _ => false,
        };
        if lost { Self::unavailable("database", error) } else { Self::internal(error) }
    }
}

/// Whether the transaction failed because of a conflict and may succeed when it is retried.
pub fn is_conflict(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01" | "5" | "517"))
}

/// Whether an insert or update violates the uniqueness of `table.column`. PostgreSQL names the constraint, SQLite the
/// column; a primary key is a column called `id`.
pub fn is_duplicate(error: &DbErr, table: &str, column: &str) -> bool {
    let Some(error) = driver_error(error).filter(|error| error.is_unique_violation()) else { return false };
    match error.constraint() {
        Some(constraint) if column == "id" => constraint == format!("{table}_pkey"),
        Some(constraint) => constraint == format!("{table}_{column}_key"),
        None => error.message().ends_with(&format!(": {table}.{column}")),
    }
}

/// Whether a change failed because another row refers to this one, or because the row that it refers to is missing.
pub fn is_referenced(error: &DbErr) -> bool {
    // SQLite reports a key with `RESTRICT` as a trigger, which only the message tells from others.
    let is_key = |error: &dyn DatabaseError| error.message() == "FOREIGN KEY constraint failed";
    // PostgreSQL 18 has a code of its own for `RESTRICT`.
    let is_restricted = code(error).as_deref() == Some("23001");
    is_restricted
        || driver_error(error).is_some_and(|error| error.is_foreign_key_violation() || is_key(error))
}

/// Whether PostgreSQL ended or refused the connection itself: it is stopping (`57P01`, `57P02`), starting (`57P03`), or out
/// of connections (`53300`).
pub(in crate::domain) fn is_shutting_down(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("57P01" | "57P02" | "57P03" | "53300"))
}

pub(super) fn driver_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source))
        | DbErr::Conn(RuntimeErr::SqlxError(source)) => source.as_database_error(),
        _ => None,
    }
}

fn code(error: &DbErr) -> Option<String> {
    driver_error(error)?.code().map(Into::into)
}
