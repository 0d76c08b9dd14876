//! Mail for a shop without a mail server: each mail is a file in a folder, which any mail program can open.

use std::{
    fs::DirBuilder,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use tempfile::NamedTempFile;

use crate::{
    domain::mail::{Mail, MailError, Mailer},
    infra::mail_message::MessageMaker,
};

/// Writes mails to files named `<time>-<id>.eml`, which sort by time. Only their owner can read them, since they may
/// hold tokens.
pub struct MailFolder {
    folder: PathBuf,
    maker: MessageMaker,
}

impl MailFolder {
    /// In this folder, which is created with the first mail.
    pub fn new(folder: PathBuf, maker: MessageMaker) -> Self {
        Self { folder, maker }
    }
}

#[async_trait]
impl Mailer for MailFolder {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.maker.message(mail)?;
        let now = self.maker.clock.now();
        let name = format!("{}-{}.eml", now.format("%Y%m%dT%H%M%S%.6fZ"), self.maker.random.id(now));
        let (folder, path) = (self.folder.clone(), self.folder.join(name));
        let file = path.clone();
        tokio::task::spawn_blocking(move || write(&folder, &file, &message.formatted()))
            .await
            .map_err(|error| MailError::Temporary(error.to_string()))?
            .map_err(|error| MailError::Temporary(format!("cannot write to the folder for mail: {error}")))?;
        tracing::info!(file = %path.display(), "wrote a mail to a file");
        Ok(())
    }
}

/// Writes a file atomically: it is never visible in part.
fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
