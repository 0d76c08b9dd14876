//! Mail for a shop without a mail server: each letter is a file in a folder, to be looked at with any mail program.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::mail_message::MessageMaker;
use crate::domain::{
    mail::Mail,
    port::{MailError, Mailer},
};

/// Writes letters to files called `<time>-<id>.eml`, so that their names are in the order of time. Only their owner can
/// read them, since they may hold tokens.
pub struct MailFolder {
    folder: PathBuf,
    maker: MessageMaker,
}

impl MailFolder {
    /// In this folder, which is made when the first letter comes.
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
        let (folder, path) = (self.folder.clone(), self.folder.join(&name));
        let file = path.clone();
        tokio::task::spawn_blocking(move || write(&folder, &name, &file, &message.formatted()))
            .await
            .map_err(|error| MailError::Temporary(error.to_string()))?
            .map_err(|error| MailError::Temporary(format!("cannot write to the folder for mail: {error}")))?;
        tracing::info!(file = %path.display(), "a mail was written to a file");
        Ok(())
    }
}

/// Whoever sees the file sees all of it.
fn write(folder: &Path, name: &str, path: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let written = create(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        // It may not be there; the first error is the one to tell.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
