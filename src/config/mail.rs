//! Settings of mail.

use std::path::PathBuf;

use clap::Args;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    domain::mail::MailSettings,
    infra::smtp::{SmtpSettings, SmtpSettingsError},
};

/// Settings of mail.
#[derive(Args, Clone, Debug)]
pub struct MailConfig {
    /// URL of the mail server: `smtp://USER:PASSWORD@HOST:587` with STARTTLS (`?tls=none` turns it off; on a loopback
    /// address it is off unless `?tls=required`), or `smtps://USER:PASSWORD@HOST:465`. Without it, mails are written to
    /// --mail-dir
    #[arg(long, env = "BODEGA_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,

    /// PEM file with further certificate authorities for the mail server, in addition to the system's
    #[arg(long, env = "BODEGA_SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<PathBuf>,

    /// Sender of mails; with --smtp-url it must be an address of your own
    #[arg(
        long,
        env = "BODEGA_MAIL_FROM",
        value_name = "NAME <ADDRESS>",
        default_value = "Bodega <bodega@localhost>",
        value_parser = sender
    )]
    pub mail_from: Mailbox,

    /// Directory that mails are written to without --smtp-url, one file each
    #[arg(long, env = "BODEGA_MAIL_DIR", value_name = "DIR", default_value = "mail")]
    pub mail_dir: PathBuf,

    /// URL of the storefront, like `https://shop.example`: mails link to /verify-email, /reset-password and
    /// /change-email below it, with the token in the fragment (`#token=`). Without it, mails show the token to copy
    #[arg(long, env = "BODEGA_STOREFRONT_URL", value_name = "URL", value_parser = storefront_url)]
    pub storefront_url: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    /// The mail server's URL cannot be used; it may hold a password and is not shown.
    #[error("--smtp-url (BODEGA_SMTP_URL): {0}")]
    SmtpUrl(#[source] SmtpSettingsError),
    #[error("--smtp-ca (BODEGA_SMTP_CA): cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    #[error("--smtp-ca (BODEGA_SMTP_CA): cannot use {}", .0.display())]
    Certificates(PathBuf, #[source] SmtpSettingsError),
    /// The sender is local: most servers reject its mails, and recipients cannot reply.
    #[error(
        "--mail-from (BODEGA_MAIL_FROM): with --smtp-url the sender must be an address of your own, not {0}"
    )]
    LocalSender(Mailbox),
}

impl MailConfig {
    /// The mail server, if there is one. An empty variable counts as none.
    pub fn smtp(&self) -> Result<Option<SmtpSettings>, MailConfigError> {
        let Some(url) = self.smtp_url.as_ref().filter(|url| !url.expose_secret().is_empty()) else {
            return Ok(None);
        };
        let settings = SmtpSettings::parse(url).map_err(MailConfigError::SmtpUrl)?;
        if self.mail_from.email.domain() == "localhost" && !settings.is_loopback() {
            return Err(MailConfigError::LocalSender(self.mail_from.clone()));
        }
        Ok(Some(settings))
    }

    pub fn settings(&self) -> MailSettings {
        MailSettings { storefront_url: self.storefront_url.clone().filter(|url| !url.is_empty()) }
    }
}

fn sender(text: &str) -> Result<Mailbox, &'static str> {
    let mailbox = Some(text).filter(|text| !text.chars().any(char::is_control)).map(str::parse);
    let wrong = "must be an address with or without a name, like Shop <shop@example.com>";
    mailbox.and_then(Result::ok).ok_or(wrong)
}

fn storefront_url(text: &str) -> Result<String, &'static str> {
    // A variable that is set to nothing means none.
    if text.is_empty() {
        return Ok(String::new());
    }
    const WRONG: &str = "must be a URL like https://shop.example, without query or fragment";
    let url = Url::parse(text).map_err(|_| WRONG)?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && (url.username(), url.password(), url.query(), url.fragment()) == ("", None, None, None);
    if is_plain { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(WRONG) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storefront_is_a_url_without_a_slash_at_its_end() {
        for (text, url) in [
            ("https://Shop.example/", "https://shop.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://shop.example/de/", "https://shop.example/de"),
            ("", ""),
        ] {
            assert_eq!(storefront_url(text).as_deref(), Ok(url));
        }
        for text in [
            "shop.example",
            "javascript:alert(1)",
            "https://shop.example/?a=b",
            "https://a:b@c",
            "https://shop.example/#x",
        ] {
            assert!(storefront_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let sender = |text: &str| sender(text).map(|sender| sender.to_string());
        assert_eq!(sender("shop@example.com").as_deref(), Ok("shop@example.com"));
        assert_eq!(sender("The Shop <shop@example.com>").as_deref(), Ok("The Shop <shop@example.com>"));
        for text in
            ["", "Shop", "Shop <shop>", "a@example.com, b@example.com", "Shop\r\nBcc: <a@example.com>"]
        {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }
}
