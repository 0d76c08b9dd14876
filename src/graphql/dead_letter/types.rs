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

/// A job, like sending a mail, that failed its last attempt.
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
    /// Time of the last attempt.
    died_at: Timestamp,
}

impl From<job::Model> for DeadLetter {
    fn from(job: job::Model) -> Self {
        Self {
            id: job.id.global(),
            summary: dead_letter::summary(&job).map(str::to_owned),
            attempts: dead_letter::attempts(&job),
            kind: job.kind,
            created_at: Timestamp(job.created_at),
            last_error: job.last_error,
            died_at: Timestamp(job.dead_at.unwrap_or(job.due_at)),
        }
    }
}

pub type DeadLetterConnection = ListConnection<DeadLetter>;

loader!(JobId => job::Model, dead_letter::by_ids);

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
        /// Global id of the former dead letter; null on failure. If the job fails again, its dead letter has the same id.
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
