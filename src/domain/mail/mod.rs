//! Mails of the shop to account owners, each as text and as HTML.
//!
//! An [`EmailTemplate`] has the data, [`compose`] renders it to a [`Mail`], and a [`Mailer`] sends it. Mails contain no
//! names that were typed by a client: a registration with the address of another person could otherwise be used for
//! advertising.

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
    /// Name of the shop, on one line.
    pub shop_name: String,
    /// URL of the shop's pages, `http` or `https`, without a trailing slash. Mails link to `/verify-email`,
    /// `/reset-password` and `/change-email` below it. Without it they show tokens to copy.
    pub storefront_url: Option<String>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { shop_name: "Bodega".to_owned(), storefront_url: None }
    }
}

/// A mail that is ready to be sent. Its texts may contain a token, so `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Address of the recipient, without a name.
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

/// Renders a mail to the address `to`. Fails only for a defect in the templates.
#[tracing::instrument(name = "mail::compose", level = "debug", skip_all, err(level = "debug"))]
pub fn compose(settings: &MailSettings, to: &str, letter: &EmailTemplate) -> Result<Mail, Fault> {
    let values = template::values(settings, letter);
    let (subject, text) = template::text(letter.template(), &values)?;
    let html = template::html(letter.template(), &values, &subject)?;
    Ok(Mail { to: to.to_owned(), subject, text, html })
}
