//! What can go wrong in any operation without being part of its rules.

use std::{borrow::Cow, error::Error, sync::Arc, time::Duration};

use super::words;

/// A failure that no client can mend by other input. Operations wrap it in an error enum of their own.
///
/// Cloning is cheap: a batch hands the same fault to everybody who waits for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The caller showed credentials that are not, or no longer, good. The text says which.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller is known but may not do this. The text says what it takes.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// A service that the operation needs does not answer. It may work again later.
    #[error("{part} is unavailable")]
    Unavailable {
        /// Which one: `database` or `redis`.
        part: &'static str,
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The operator has not set what the operation needs.
    #[error("{setting} is not set")]
    NotSetUp {
        /// What to set, for the log.
        setting: &'static str,
        /// What is not to be had for that, for the client.
        message: &'static str,
    },
    /// The database gave up a transaction because of another one; `OpContext::write`
    /// runs it again.
    #[error("conflict between transactions")]
    Conflict(#[source] Arc<dyn Error + Send + Sync>),
    /// A defect of the program or its surroundings. The source goes to the log, never to a client.
    #[error("internal error")]
    Internal(#[source] Arc<dyn Error + Send + Sync>),
}

impl Fault {
    pub fn unavailable(part: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable { part, source: Arc::new(source) }
    }

    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(source.into().into())
    }
}

/// An error with its causes, from the outside in, for the log and the terminal. Many errors repeat their cause's text;
/// here it stands once.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// An operation's error that can tell whether it is a [`Fault`].
pub trait AsFault {
    fn as_fault(&self) -> Option<&Fault>;
}

impl AsFault for Fault {
    fn as_fault(&self) -> Option<&Fault> {
        Some(self)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Throttled {
    /// Too many attempts failed before it. It was not counted.
    #[error("Too many attempts. Try again in {}.", words::seconds(.retry_after))]
    TooSoon { retry_after: Duration },
    #[error(transparent)]
    Fault(#[from] Fault),
}
