//! The letters that a shop without a mail server writes to a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mail_parser::{Message, MessageParser};

use super::found;

/// A letter as its reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMail {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    /// The text, decoded.
    pub(crate) text: String,
    /// The HTML, decoded.
    pub(crate) html: String,
    /// The whole message as it was carried.
    pub(crate) raw: String,
}

impl ReceivedMail {
    /// Reads a message.
    pub(crate) fn parse(raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).expect("a message");
        assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1), "{message:?}");
        Self {
            from: address(message.from()),
            to: address(message.to()),
            subject: message.subject().unwrap().to_owned(),
            text: body(&message, "text/plain", message.body_text(0)),
            html: body(&message, "text/html", message.body_html(0)),
            raw: String::from_utf8(raw.to_vec()).expect("a message is ASCII"),
        }
    }

    /// The token in the text: what stands behind `#token=`, or alone on a line that is set in.
    pub(crate) fn token(&self) -> String {
        let line = self.text.lines().find_map(|line| line.strip_prefix("    "));
        let line = line.unwrap_or_else(|| panic!("no token in {}", self.text));
        let token = line.split_once("#token=").map_or(line, |(_, token)| token);
        assert!(!token.is_empty() && !token.contains([' ', ':', '/']), "no token: {line}");
        token.to_owned()
    }

    /// The value of a header, as it is written.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (headers, _) = self.raw.split_once("\r\n\r\n").expect("headers end");
        let named =
            |line: &&str| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
        headers.split("\r\n").find(named).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }
}

fn address(address: Option<&mail_parser::Address<'_>>) -> String {
    let first = address.and_then(|address| address.first()).expect("an address");
    first.address().expect("an address").to_owned()
}

fn body(message: &Message<'_>, content_type: &str, text: Option<std::borrow::Cow<'_, str>>) -> String {
    let raw = String::from_utf8_lossy(message.raw_message());
    assert!(raw.contains(&format!("Content-Type: {content_type}; charset=utf-8")), "{raw}");
    text.expect("a body").replace("\r\n", "\n")
}

/// The letters in a folder, in the order of time; none where there is no folder yet.
pub(crate) fn read_mails(folder: &Path) -> Vec<ReceivedMail> {
    let files = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => panic!("{error}"),
    };
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "eml")).collect();
    files.sort();
    files.iter().map(|file| ReceivedMail::parse(&fs::read(file).unwrap())).collect()
}

/// The newest letter to this address that is `wanted`, as soon as there is one.
pub(super) async fn wait_for(
    folder: &Path,
    address: &str,
    wanted: impl Fn(&ReceivedMail) -> bool,
) -> ReceivedMail {
    found(&format!("such a mail to {address}"), async || {
        read_mails(folder).into_iter().rfind(|mail| mail.to == address && wanted(mail))
    })
    .await
}
