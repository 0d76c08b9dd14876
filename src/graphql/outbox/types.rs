//! Dead letters, and what becomes of them.

use async_graphql::{ID, InputObject, SimpleObject, Union};

use crate::{
    domain::outbox::{self, DeadLetterError as DomainError},
    graphql::{error::ResolverError, id::Node, scalar::Timestamp},
};

/// Something that was to follow a change, like a mail, and that the shop has given up.
#[derive(SimpleObject)]
pub struct DeadLetter {
    /// The dead letter's global id.
    pub(in crate::graphql) id: ID,
    /// Which part of the shop was to do it, like `account.letter`.
    kind: String,
    /// What it was about, in one word; null where its kind is always about the same.
    summary: Option<String>,
    /// When it was to be done first.
    created_at: Timestamp,
    /// How often it was tried since then, or since it was retried the last time.
    attempts: u32,
    /// Why the last attempt failed.
    last_error: Option<String>,
    /// When it was given up.
    died_at: Timestamp,
}

impl From<outbox::DeadLetter> for DeadLetter {
    fn from(letter: outbox::DeadLetter) -> Self {
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

/// Which dead letter is to be tried again.
#[derive(InputObject)]
pub(super) struct DeadLetterRetryInput {
    /// The dead letter's global id.
    pub(super) id: ID,
}

/// Which dead letter is to be thrown away.
#[derive(InputObject)]
pub(super) struct DeadLetterDiscardInput {
    /// The dead letter's global id.
    pub(super) id: ID,
}

/// What became of a dead letter that was to be tried again.
#[derive(SimpleObject)]
pub(super) struct DeadLetterRetryPayload {
    /// The id that the dead letter had, and has again if it is given up again; null when there was none.
    pub(super) retried_id: Option<ID>,
    /// Why it is not tried again; empty when it is.
    pub(super) errors: Vec<DeadLetterError>,
}

/// What became of a dead letter that was to be thrown away.
#[derive(SimpleObject)]
pub(super) struct DeadLetterDiscardPayload {
    /// The id that the dead letter had; null when there was none.
    pub(super) discarded_id: Option<ID>,
    /// Why it was not thrown away; empty when it was.
    pub(super) errors: Vec<DeadLetterError>,
}

/// Why nothing happened to a dead letter.
#[derive(Union)]
pub(super) enum DeadLetterError {
    NotFound(DeadLetterNotFound),
}

/// There is no dead letter with this id; somebody may have retried or discarded it.
#[derive(SimpleObject)]
pub struct DeadLetterNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

impl DeadLetterError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: DomainError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        match error {
            DomainError::NotFound => {
                let path = Some(["input", "id"].map(str::to_owned).into());
                Ok(Self::NotFound(DeadLetterNotFound { message, path }))
            }
            DomainError::Fault(fault) => Err(fault.into()),
        }
    }
}
