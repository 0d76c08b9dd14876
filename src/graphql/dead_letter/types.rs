//! Dead letters, and their mutations.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::{JobId, job};

use crate::{
    domain::dead_letter,
    graphql::kit::{
        id::Node, listing::ListConnection, loader::loader, member::NotFound, payload::payload,
        scalar::Timestamp,
    },
};

/// A job, like sending a mail, that was given up after its last attempt.
#[derive(SimpleObject)]
pub struct DeadLetter {
    /// Global id of the dead letter.
    pub(in crate::graphql) id: ID,
    /// Kind of job, like `account.email`.
    kind: String,
    /// Subtype of the job, like `passwordReset`; null for kinds that have none.
    summary: Option<String>,
    /// Time at which the job was created.
    created_at: Timestamp,
    /// Number of attempts since the job was created, or since the last retry.
    attempts: u32,
    /// Error of the last attempt.
    last_error: Option<String>,
    /// Time at which the job was given up.
    died_at: Timestamp,
}

impl From<dead_letter::DeadLetter> for DeadLetter {
    fn from(letter: dead_letter::DeadLetter) -> Self {
        Self {
            id: letter.id.global(),
            kind: letter.kind,
            summary: letter.summary,
            created_at: Timestamp(letter.created_at),
            attempts: letter.attempts,
            last_error: letter.last_error,
            died_at: Timestamp(letter.died_at),
        }
    }
}

impl From<job::Model> for DeadLetter {
    fn from(row: job::Model) -> Self {
        dead_letter::DeadLetter::from(row).into()
    }
}

/// A page of a list of dead letters.
pub type DeadLetterConnection = ListConnection<DeadLetter>;

loader!(JobId => dead_letter::DeadLetter, dead_letter::by_ids);

/// Dead letter to retry.
#[derive(InputObject)]
pub(super) struct DeadLetterRetryInput {
    /// Global id of the dead letter.
    pub(super) id: ID,
}

/// Dead letter to discard.
#[derive(InputObject)]
pub(super) struct DeadLetterDiscardInput {
    /// Global id of the dead letter.
    pub(super) id: ID,
}

payload! {
    /// Payload of `deadLetterRetry`.
    DeadLetterRetryPayload {
        /// Global id of the former dead letter; null on failure. It has this id again if it is given up again.
        retried_id: ID,
    }
    /// Failure of `deadLetterRetry`.
    DeadLetterRetryError: NotFound;
    from dead_letter::DeadLetterError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}

payload! {
    /// Payload of `deadLetterDiscard`.
    DeadLetterDiscardPayload {
        /// Global id of the discarded dead letter; null on failure.
        discarded_id: ID,
    }
    /// Failure of `deadLetterDiscard`.
    DeadLetterDiscardError: NotFound;
    from dead_letter::DeadLetterError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
