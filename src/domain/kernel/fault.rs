//! Failures of operations that are not part of their rules.

use std::{borrow::Cow, error::Error, sync::Arc, time::Duration};

use super::words;

/// A failure that a client cannot fix by other input. Operations wrap it in their own error enum.
///
/// Cloning is cheap: all waiters of a batch get the same fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Invalid or expired credentials. The text says which.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller is known but lacks a permission, which the text names.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// A service that the operation needs does not answer. It may work again later.
    #[error("{part} is unavailable")]
    Unavailable {
        /// Name of the service: `database` or `redis`.
        part: &'static str,
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// A setting that the operation needs is missing.
    #[error("{setting} is not set")]
    NotSetUp {
        /// Name of the setting, for the log.
        setting: &'static str,
        /// Unavailable function, for the client.
        message: &'static str,
    },
    /// Conflict with another transaction; `OpContext::write` retries it.
    #[error("conflict between transactions")]
    Conflict(#[source] Arc<dyn Error + Send + Sync>),
    /// Internal error. The source goes to the log, never to a client.
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

/// An error with its causes, outermost first, for the log and the terminal. Skips texts that an error repeats from its
/// cause.
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

/// An operation's error that may be a [`Fault`].
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
    /// Too many earlier attempts failed. This one was not counted.
    #[error("Too many attempts. Try again in {}.", words::seconds(.retry_after))]
    TooSoon { retry_after: Duration },
    #[error(transparent)]
    Fault(#[from] Fault),
}
