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

#[derive(Clone, Debug, Default)]
pub struct MailSettings {
    /// Where the shop's pages are, an `http` or `https` URL without a slash at its end. Letters link to
    /// `/verify-email`, `/reset-password` and `/change-email` below it. Without it they show tokens to be pasted.
    pub storefront_url: Option<String>,
}

/// A letter that is ready to be sent. Its texts may hold a token, so they are not shown by `Debug`.
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

/// Writes a letter of the shop with this name to the address `to`. It fails only by a defect of the templates.
#[tracing::instrument(name = "mail::compose", level = "debug", skip_all, err(level = "debug"))]
pub fn compose(
    shop_name: &str,
    settings: &MailSettings,
    to: &str,
    letter: &EmailTemplate,
) -> Result<Mail, Fault> {
    let values = template::values(shop_name, settings, letter);
    let (subject, text) = template::text(letter.template(), &values)?;
    let html = template::html(letter.template(), &values, &subject)?;
    Ok(Mail { to: to.to_owned(), subject, text, html })
}
