//! Mails as messages of [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322): sender, headers, plain text and HTML.

use std::{sync::Arc, time::SystemTime};

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

/// The sender of a shop whose operator has set none. Recipients cannot reply.
pub fn local_sender() -> Mailbox {
    Mailbox::new(Some("Bodega".to_owned()), Address::new_dangerous("bodega", "localhost"))
}

pub struct MessageMaker {
    pub sender: Mailbox,
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
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{id}@{}>", self.sender.email.domain())))
            .multipart(parts)
            .map_err(|error| MailError::Permanent(error.to_string()))?;
        // Keeps automatic replies from answering (RFC 3834).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}
