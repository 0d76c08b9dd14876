//! Port for sending mails.

use async_trait::async_trait;

use super::Mail;

/// Sends mails. Errors are stored and shown to staff: they contain no password, and nothing of the mail except what the
/// mail server repeats of the address.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a mail. After an error it may have arrived, if the answer was lost.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// May succeed later: no answer, a temporary failure, or a rejected login.
    #[error("{0}")]
    Temporary(String),
    /// Will never succeed: the address is invalid, or was rejected permanently.
    #[error("{0}")]
    Permanent(String),
}
