//! The letters that the shop writes to its people, each as text and as HTML.
//!
//! A [`EmailTemplate`] says what there is to tell, [`compose`] makes a [`Mail`] of it, and a
//! [`Mailer`] carries it. Nouns use this room; it uses none of them. No letter holds a name that
//! somebody typed: whoever registers with another person's address could advertise with it.

mod email_template;
mod mailer;
mod plain_text;
mod template;
#[cfg(test)]
mod tests;

pub use email_template::{EmailTemplate, Notification};
pub use mailer::{MailError, Mailer};
pub use plain_text::masked;

use std::fmt;

use crate::domain::kernel::fault::Fault;

#[derive(Clone, Debug)]
pub struct MailSettings {
    /// What the shop calls itself, on one line.
    pub shop_name: String,
    /// Where the shop's pages are, an `http` or `https` URL without a slash at its end. Letters link to
    /// `/verify-email`, `/reset-password` and `/change-email` below it. Without it they show tokens to be pasted.
    pub storefront_url: Option<String>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { shop_name: "Bodega".to_owned(), storefront_url: None }
    }
}

/// A letter that is ready to be sent. Its texts may hold a token, so they are not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address of whom it is for, without a name.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Writes a letter to the address `to`. It fails only by a defect of the templates.
#[tracing::instrument(name = "mail::compose", level = "debug", skip_all, err(level = "debug"))]
pub fn compose(settings: &MailSettings, to: &str, letter: &EmailTemplate) -> Result<Mail, Fault> {
    let values = template::values(settings, letter);
    let (subject, text) = template::text(letter.template(), &values)?;
    let html = template::html(letter.template(), &values, &subject)?;
    Ok(Mail { to: to.to_owned(), subject, text, html })
}
