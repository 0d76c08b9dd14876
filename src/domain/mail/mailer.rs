//! The port that carries mails.

use async_trait::async_trait;

use super::Mail;

/// Carries letters. What it says of a failure is fit to be kept and shown to staff: it holds no password, and nothing of
/// the letter but what the other side repeats of its address.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a letter over. After an error it may have arrived nevertheless, when the answer was lost.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later: nobody answered, the other side asked for patience, or does not let us in.
    #[error("{0}")]
    Temporary(String),
    /// It will never work with this letter: the address is none, or the other side refused it for good.
    #[error("{0}")]
    Permanent(String),
}
