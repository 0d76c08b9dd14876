//! Mail over SMTP.
//!
//! The URL is parsed here, not by lettre's `from_url`: there `smtp://` sends mail and password unencrypted unless the URL
//! says otherwise, own authorities and the timeouts need the host besides, and errors may show the URL.

use std::{error::Error as _, net::IpAddr, time::Duration};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        Error, PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::{
    domain::{
        kernel::fault::with_causes,
        mail::{Mail, MailError, Mailer},
    },
    infra::mail_message::MessageMaker,
};

const TIMEOUT: Duration = Duration::from_secs(30);

/// Number of idle connections that are kept. More may be open at once.
const KEPT_CONNECTIONS: u32 = 2;

const WHOLE_LETTER: Duration = Duration::from_secs(50);

/// Status codes for a mailbox that does not exist or has moved (RFC 5321, section 4.2.3).
const NO_MAILBOX: [u16; 3] = [550, 551, 553];

/// Address, encryption and credentials of a mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    host: String,
    port: u16,
    encryption: Encryption,
    login: Option<(String, SecretString)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    /// TLS from the first byte on.
    Always,
    /// `STARTTLS`, required: a server that does not offer it gets no mail.
    StartTls,
    Off,
}

/// Invalid settings of a mail server. The URL may hold a password and is not shown.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSettingsError {
    #[error(
        "must be a URL like smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, with other characters than \
         letters, digits and .-_~ in USER and PASSWORD written as %XX"
    )]
    Url,
    #[error("must have both a user and a password, or neither")]
    Login,
    #[error("may have only ?tls=required or ?tls=none after the host, and only with smtp://")]
    Option,
    #[error("no certificates in PEM format")]
    NoCertificates,
    #[error("invalid certificates")]
    Certificates(#[source] Error),
}

impl SmtpSettings {
    /// Parses a URL: `smtps://` for TLS, `smtp://` for `STARTTLS`, which `?tls=none` turns off. On a loopback address
    /// it is off unless `?tls=required`.
    pub fn parse(url: &SecretString) -> Result<Self, SmtpSettingsError> {
        let url = Url::parse(url.expose_secret()).map_err(|_| SmtpSettingsError::Url)?;
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Domain(name)) if !name.is_empty() && !name.contains('%') => name.to_owned(),
            _ => return Err(SmtpSettingsError::Url),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpSettingsError::Option);
        }
        let (encryption, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Encryption::Always, 465),
            ("smtp", Some("tls=required")) => (Encryption::StartTls, 587),
            ("smtp", Some("tls=none")) => (Encryption::Off, 587),
            ("smtp", None) if is_loopback(&host) => (Encryption::Off, 587),
            ("smtp", None) => (Encryption::StartTls, 587),
            ("smtp" | "smtps", Some(_)) => return Err(SmtpSettingsError::Option),
            _ => return Err(SmtpSettingsError::Url),
        };
        let decode = |text| percent_decode_str(text).decode_utf8().map_err(|_| SmtpSettingsError::Url);
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() && !password.is_empty() => {
                Some((decode(user)?.into_owned(), decode(password)?.into_owned().into()))
            }
            _ => return Err(SmtpSettingsError::Login),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), encryption, login })
    }

    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether the password is sent unencrypted over a network.
    pub fn shows_password(&self) -> bool {
        self.encryption == Encryption::Off && self.login.is_some() && !self.is_loopback()
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    maker: MessageMaker,
    /// Texts that must not appear in errors.
    secrets: Vec<SecretString>,
}

impl SmtpMailer {
    /// Connects when there is mail to send. The server's certificate is checked against the system's authorities and
    /// those in `ca`, in PEM form.
    pub fn new(
        settings: &SmtpSettings,
        ca: Option<&[u8]>,
        maker: MessageMaker,
    ) -> Result<Self, SmtpSettingsError> {
        let mut tls = TlsParameters::builder(settings.host.clone());
        if let Some(pem) = ca {
            // lettre accepts any text and finds no certificate in it.
            let begin = b"-----BEGIN CERTIFICATE-----";
            if !pem.windows(begin.len()).any(|window| window == begin) {
                return Err(SmtpSettingsError::NoCertificates);
            }
            let certificate = Certificate::from_pem(pem).map_err(SmtpSettingsError::Certificates)?;
            tls = tls.add_root_certificate(certificate);
        }
        let tls = |()| tls.build().map_err(SmtpSettingsError::Certificates);
        let tls = match settings.encryption {
            Encryption::Always => Tls::Wrapper(tls(())?),
            Encryption::StartTls => Tls::Required(tls(())?),
            Encryption::Off => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(KEPT_CONNECTIONS));
        let mut secrets = Vec::new();
        if let Some((user, password)) = &settings.login {
            let text = password.expose_secret();
            builder = builder.credentials(Credentials::new(user.clone(), text.to_owned()));
            // As sent by AUTH PLAIN and AUTH LOGIN.
            let plain = STANDARD.encode(format!("\0{user}\0{text}"));
            secrets = vec![password.clone(), STANDARD.encode(text).into(), plain.into()];
        }
        Ok(Self { transport: builder.build(), maker, secrets })
    }

    /// The error as one short line without secrets.
    fn error(&self, error: &Error, is_ascii: bool) -> MailError {
        // The server's text may repeat an address or the content of a mail: only its codes are kept.
        let enhanced = error.source().map(|said| said.to_string()).and_then(|said| enhanced_code(&said));
        let text = match (error.status(), &enhanced) {
            (Some(code), Some(enhanced)) => format!("the mail server answered {code} {enhanced}"),
            (Some(code), None) => format!("the mail server answered {code}"),
            (None, _) => short(&with_causes(error)),
        };
        let repeats = |secret: &SecretString| text.contains(secret.expose_secret());
        let text = match self.secrets.iter().any(repeats) {
            true => "the mail server repeated a secret".to_owned(),
            false => text,
        };
        // Only a missing mailbox is permanent; limits, policies and wrong settings are temporary or can be corrected.
        let is_mailbox = error.status().is_some_and(|code| NO_MAILBOX.contains(&code.into()))
            && enhanced.is_none_or(|code| code.starts_with("5.1."));
        // The server does not support non-ASCII addresses; only lettre's text tells.
        let unspeakable = error.is_client() && !is_ascii && text.contains("SMTPUTF8");
        match is_mailbox || unspeakable {
            true => MailError::Permanent(text),
            false => MailError::Temporary(text),
        }
    }
}

/// The enhanced status code at the beginning of a server's text, like `5.1.1` ([RFC
/// 3463](https://www.rfc-editor.org/rfc/rfc3463)).
fn enhanced_code(said: &str) -> Option<String> {
    let first = said.split_whitespace().next()?;
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    (first.split('.').count() == 3 && first.split('.').all(is_number)).then(|| first.to_owned())
}

/// One line of at most 300 characters.
fn short(text: &str) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    line.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.maker.message(mail)?;
        let transport = self.transport.clone();
        // A task of its own: if this future is dropped in the middle of a mail, the connection must not be reused for
        // the next. lettre's own timeout covers only the opening of a connection; this one covers a server that stops
        // answering later.
        let sending = async move { tokio::time::timeout(WHOLE_LETTER, transport.send(message)).await };
        match tokio::spawn(sending).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(error))) => Err(self.error(&error, mail.to.is_ascii())),
            Ok(Err(_)) => Err(MailError::Temporary("the mail server took too long".to_owned())),
            Err(error) => Err(MailError::Temporary(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<SmtpSettings, SmtpSettingsError> {
        SmtpSettings::parse(&url.into())
    }

    #[test]
    fn a_url_tells_host_port_and_encryption() {
        use Encryption::{Always, Off, StartTls};
        for (url, host, port, encryption) in [
            ("smtp://mail.example.com", "mail.example.com", 587, StartTls),
            ("smtp://mail.example.com:2525/", "mail.example.com", 2525, StartTls),
            ("smtp://mail.example.com:25?tls=none", "mail.example.com", 25, Off),
            ("smtps://mail.example.com", "mail.example.com", 465, Always),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Off),
            ("smtp://localhost:1025", "localhost", 1025, Off),
            ("smtp://[::1]:1025", "::1", 1025, Off),
            ("smtp://127.0.0.1:1025?tls=required", "127.0.0.1", 1025, StartTls),
            ("smtp://127.example.com", "127.example.com", 587, StartTls),
        ] {
            let settings = parse(url).unwrap();
            assert_eq!(
                (&*settings.host, settings.port, settings.encryption),
                (host, port, encryption),
                "{url}"
            );
            assert!(settings.login.is_none());
        }
    }

    #[test]
    fn a_login_is_decoded_and_not_shown() {
        let settings = parse("smtp://shop%40example.com:p%3A%2F+%C3%A4@mail.example.com?tls=none").unwrap();
        let (user, password) = settings.login.as_ref().unwrap();
        assert_eq!((&**user, password.expose_secret()), ("shop@example.com", "p:/+ä"));
        assert!(settings.shows_password());
        assert!(!format!("{settings:?}").contains("p:/+"), "{settings:?}");
        assert!(!parse("smtp://u:p@mail.example.com").unwrap().shows_password());
        assert!(!parse("smtp://u:p@127.0.0.1").unwrap().shows_password());
    }

    #[test]
    fn mail_url_of_another_form_is_rejected() {
        for (url, message) in [
            ("", "must be a URL"),
            ("mail.example.com:587", "must be a URL"),
            ("https://mail.example.com", "must be a URL"),
            ("smtp://", "must be a URL"),
            ("smtp:mail.example.com", "must be a URL"),
            ("smtp://mail.example.com:99999", "must be a URL"),
            ("smtp://u:%FF@mail.example.com", "must be a URL"),
            ("smtp://hidden@mail.example.com", "both a user and a password"),
            ("smtp://:hidden@mail.example.com", "both a user and a password"),
            ("smtp://mail.example.com?tls=opportunistic", "?tls=required or ?tls=none"),
            ("smtps://mail.example.com?tls=none", "?tls=required or ?tls=none"),
            ("smtp://mail.example.com/name", "after the host"),
            ("smtp://mail.example.com#name", "after the host"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains("hidden"), "{url}: {error}");
        }
    }
}
