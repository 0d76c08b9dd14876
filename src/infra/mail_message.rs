//! Mails as messages of [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322): sender, headers, plain text and HTML.

use std::{fmt, str::FromStr, sync::Arc, time::SystemTime};

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::domain::{
    kernel::ports::{Clock, Random},
    mail::{Mail, MailError},
};

/// Sender of mails: `Shop <shop@example.com>`, or the address alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address with or without a name, like Shop <shop@example.com>")]
pub struct InvalidSender;

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        if text.chars().any(char::is_control) {
            return Err(InvalidSender);
        }
        text.parse().map(Self).map_err(|_| InvalidSender)
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Default for Sender {
    fn default() -> Self {
        Self(Mailbox::new(Some("Bodega".to_owned()), Address::new_dangerous("bodega", "localhost")))
    }
}

impl Sender {
    /// Whether the address is local, so that recipients cannot reply.
    pub fn is_local(&self) -> bool {
        self.0.email.domain() == "localhost"
    }
}

pub struct MessageMaker {
    pub sender: Sender,
    pub clock: Arc<dyn Clock>,
    /// For the message's id and the boundary between its parts.
    pub random: Arc<dyn Random>,
}

impl MessageMaker {
    /// Builds the message, dated now. Fails permanently if SMTP cannot carry the recipient's address.
    pub fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to: Address =
            mail.to.parse().map_err(|_| MailError::Permanent("not an address for mail".to_owned()))?;
        let now = self.clock.now();
        let id = self.random.id(now);
        let part = |content_type, text: &str| {
            let builder = SinglePart::builder().header(content_type);
            builder.header(ContentTransferEncoding::QuotedPrintable).body(text.to_owned())
        };
        let parts = MultiPart::alternative()
            .boundary(id.simple().to_string())
            .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
            .singlepart(part(ContentType::TEXT_HTML, &mail.html));
        let mut message = Message::builder()
            .from(self.sender.0.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{id}@{}>", self.sender.0.email.domain())))
            .multipart(parts)
            .map_err(|error| MailError::Permanent(error.to_string()))?;
        // Keeps automatic replies from answering (RFC 3834).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let sender = |text: &str| text.parse::<Sender>().map(|sender| sender.to_string());
        assert_eq!(sender("shop@example.com").unwrap(), "shop@example.com");
        assert_eq!(sender("The Shop <shop@example.com>").unwrap(), "The Shop <shop@example.com>");
        for text in
            ["", "Shop", "Shop <shop>", "a@example.com, b@example.com", "Shop\r\nBcc: <a@example.com>"]
        {
            assert_eq!(sender(text), Err(InvalidSender), "{text:?}");
        }
        assert!("Bodega <bodega@localhost>".parse::<Sender>().unwrap().is_local());
    }
}
