//! The secret key in a file of its own, for shops whose operator has set none. It is not in the database's file, so
//! that a copy of the database alone reveals no secrets.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;

use crate::domain::kernel::{
    crypto::{MalformedSecretKey, SecretKey},
    ports::Random,
};

/// The key's file cannot be used. It is left unchanged: with another key, existing secrets would become unreadable.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key in {} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{} contains no valid key: {source}", path.display())]
    Malformed { path: PathBuf, source: MalformedSecretKey },
    #[error("no key can be created in {}", .0.display())]
    Create(PathBuf, #[source] io::Error),
}

/// Path of the key for the database in `file`: `shop.db` has `shop.db.key`.
pub fn beside(file: &Path) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(".key");
    path.into()
}

/// Reads the key from the file, or creates one there. Of processes that start together one creates it and the others
/// read it.
pub fn read_or_create(path: &Path, random: &dyn Random) -> Result<SecretKey, KeyFileError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let created = create(path, random).map_err(|error| KeyFileError::Create(path.to_owned(), error))?;
    if created {
        tracing::info!(path = %path.display(), "created a secret key; keep a copy of it, apart from the copies of the database");
    }
    // Another process may have created it first.
    let gone = || KeyFileError::Read(path.to_owned(), ErrorKind::NotFound.into());
    read(path)?.ok_or_else(gone)
}

fn read(path: &Path) -> Result<Option<SecretKey>, KeyFileError> {
    let text: SecretString = match fs::read(path) {
        // Text that is not UTF-8 is not base64 either.
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default().into(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyFileError::Read(path.to_owned(), error)),
    };
    let key = SecretKey::from_base64(&text);
    key.map(Some).map_err(|source| KeyFileError::Malformed { path: path.to_owned(), source })
}

/// Creates the file with a new key; returns false if the file exists. The key is written and synced under another name
/// first, so that the file is never incomplete, even after a power failure.
fn create(path: &Path, random: &dyn Random) -> io::Result<bool> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = NamedTempFile::new_in(dir)?;
    writeln!(draft, "{}", SecretKey::new(random.secret()).to_base64().expose_secret())?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        persisted => persisted?,
    };
    File::open(dir)?.sync_all()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, os::unix::fs::PermissionsExt, sync::Barrier, thread};

    use tempfile::tempdir;

    use super::*;
    use crate::infra::system::SystemRandom;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = tempdir().unwrap();
        let path = beside(&dir.path().join("shop.db"));
        assert!(path.ends_with("shop.db.key"));
        let key = read_or_create(&path, &SystemRandom).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{}\n", key.to_base64().expose_secret()));
        assert_eq!(read_or_create(&path, &SystemRandom).unwrap().id(), key.id());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing else is left there");
        let other = beside(&dir.path().join("other.db"));
        assert_ne!(read_or_create(&other, &SystemRandom).unwrap().id(), key.id());
    }

    #[test]
    fn those_who_start_together_agree() {
        for _ in 0..20 {
            let dir = tempdir().unwrap();
            let path = dir.path().join("shop.db.key");
            let start = Barrier::new(8);
            let ids: HashSet<_> = thread::scope(|scope| {
                let one = || {
                    start.wait();
                    read_or_create(&path, &SystemRandom).unwrap().id()
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(ids.len(), 1);
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing else is left there");
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_named_and_left_alone() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("shop.db.key");
        for bytes in [&b""[..], b"not a key\n", b"\xff\xfe", b"c2hvcnQ=\n"] {
            fs::write(&path, bytes).unwrap();
            let error = read_or_create(&path, &SystemRandom).unwrap_err().to_string();
            let expected =
                format!("{} contains no valid key: a key must be 32 bytes in base64", path.display());
            assert!(error.starts_with(&expected), "{error}");
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn a_place_that_cannot_be_used_is_named() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("nowhere/shop.db.key");
        assert!(
            matches!(read_or_create(&path, &SystemRandom), Err(KeyFileError::Create(at, _)) if at == path)
        );
        let path = dir.path().to_owned();
        assert!(matches!(read_or_create(&path, &SystemRandom), Err(KeyFileError::Read(at, _)) if at == path));
    }
}
