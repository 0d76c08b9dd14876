//! Encryption of secrets that must be readable again, like those of authenticator apps, with a key outside the
//! database. Access to the database alone allows neither reading nor forging them.
//!
//! ChaCha20-Poly1305 with a random nonce. A ciphertext is bound to its purpose and context, so that it cannot be moved
//! to another row.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the version of this format, 1 |
//! | 4 | which key: the first bytes of its SHA-256 |
//! | 12 | the nonce |
//! | rest | the encrypted secret and its tag of 16 bytes |

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use sha2::{Digest, Sha256};

use super::{fault::Fault, ports::Random};

const VERSION: u8 = 1;

const KEY_ID_LEN: usize = 4;

const HEADER_LEN: usize = 1 + KEY_ID_LEN;

/// Encryption key, 32 bytes, outside the database.
pub struct SecretKey {
    key: SecretBox<[u8; 32]>,
    id: [u8; KEY_ID_LEN],
}

/// The text is not a key; the text itself is not part of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key must be 32 bytes in base64, as `openssl rand -base64 32` prints them")]
pub struct MalformedSecretKey;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Encrypted with a key other than the configured one.
    #[error("it was encrypted with the key {sealed_with}, but the configured key is {set}")]
    OtherKey {
        /// Id of the required key, see [`SecretKey::id`].
        sealed_with: String,
        set: String,
    },
    /// Not a ciphertext, changed, or encrypted for another purpose or context.
    #[error("it is damaged, or was encrypted for another purpose")]
    Damaged,
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        Self::internal(error)
    }
}

impl SecretKey {
    /// A key of these random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(key).into();
        Self { key: SecretBox::new(Box::new(key)), id: [a, b, c, d] }
    }

    /// Parses a key in base64, with or without a line break at the end.
    pub fn from_base64(text: &SecretString) -> Result<Self, MalformedSecretKey> {
        let bytes = STANDARD.decode(text.expose_secret().trim()).map_err(|_| MalformedSecretKey)?;
        Ok(Self::new(bytes.try_into().map_err(|_| MalformedSecretKey)?))
    }

    pub fn to_base64(&self) -> SecretString {
        STANDARD.encode(self.key.expose_secret()).into()
    }

    /// Eight hexadecimal digits that identify the key. Not secret.
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    /// Encrypts a secret. `purpose` is a constant text that is unique to this use; `context` is its owner, like the id
    /// of the account.
    pub fn seal(
        &self,
        random: &dyn Random,
        purpose: &str,
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random.secret()[..NONCE_LEN]);
        let mut sealed = vec![VERSION];
        sealed.extend(self.id);
        let bound = self.bound_to(&sealed, purpose, context);
        let mut text = secret.to_vec();
        self.cipher()
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                cipher.seal_in_place_append_tag(nonce, Aad::from(&bound), &mut text)
            })
            .map_err(|_| Fault::internal("cannot encrypt a secret"))?;
        sealed.extend(nonce);
        sealed.extend(text);
        Ok(sealed)
    }

    /// Decrypts the result of [`SecretKey::seal`] with the same key, purpose and context.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<SecretSlice<u8>, OpenError> {
        let (header, rest) = sealed.split_at_checked(HEADER_LEN).ok_or(OpenError::Damaged)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(OpenError::Damaged)?;
        let Some((&VERSION, id)) = header.split_first() else { return Err(OpenError::Damaged) };
        if id != self.id {
            return Err(OpenError::OtherKey { sealed_with: hex(id), set: self.id() });
        }
        let bound = self.bound_to(header, purpose, context);
        let mut text = text.to_vec();
        let opened = self.cipher().and_then(|cipher| {
            let nonce = Nonce::try_assume_unique_for_key(nonce)?;
            cipher.open_in_place(nonce, Aad::from(&bound), &mut text).map(|secret| secret.len())
        });
        let length = opened.map_err(|_| OpenError::Damaged)?;
        text.truncate(length);
        Ok(text.into())
    }

    fn cipher(&self) -> Result<LessSafeKey, ring::error::Unspecified> {
        UnboundKey::new(&CHACHA20_POLY1305, self.key.expose_secret()).map(LessSafeKey::new)
    }

    /// Unambiguous encoding of purpose and context, as associated data.
    fn bound_to(&self, header: &[u8], purpose: &str, context: &[u8]) -> Vec<u8> {
        let length = (purpose.len() as u64).to_be_bytes();
        [header, &length, purpose.as_bytes(), context].concat()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, hidden)", self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    const SECRET: &[u8] = b"twenty secret bytes!";

    /// Another draw each time.
    #[derive(Default)]
    struct Counter(AtomicU8);

    impl Random for Counter {
        fn secret(&self) -> [u8; 32] {
            [self.0.fetch_add(1, Ordering::Relaxed); 32]
        }

        fn id(&self, _now: chrono::DateTime<chrono::Utc>) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
    }

    fn key() -> SecretKey {
        SecretKey::new([7; 32])
    }

    fn sealed() -> Vec<u8> {
        key().seal(&Counter::default(), "totp", b"ada", SECRET).unwrap()
    }

    fn open(key: &SecretKey, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        key.open(purpose, context, sealed).map(|secret| secret.expose_secret().to_vec())
    }

    #[test]
    fn what_was_sealed_opens_and_shows_nothing_before() {
        let sealed = sealed();
        assert_eq!(open(&key(), "totp", b"ada", &sealed).unwrap(), SECRET);
        assert_eq!(sealed.len(), 1 + 4 + 12 + SECRET.len() + 16);
        assert!(!sealed.windows(6).any(|window| window == &SECRET[..6]));
        let empty = key().seal(&Counter::default(), "", b"", b"").unwrap();
        assert_eq!(open(&key(), "", b"", &empty).unwrap(), b"");
    }

    #[test]
    fn the_same_secret_is_sealed_in_another_way_each_time() {
        let random = Counter::default();
        let seal = || key().seal(&random, "totp", b"ada", SECRET).unwrap();
        assert_ne!(seal()[17..], seal()[17..]);
    }

    #[test]
    fn it_opens_for_nothing_else() {
        let sealed = sealed();
        for (purpose, context) in
            [("webhook", &b"ada"[..]), ("totp", b"bob"), ("totpa", b"da"), ("tot", b"pada")]
        {
            assert_eq!(open(&key(), purpose, context, &sealed), Err(OpenError::Damaged), "{purpose}");
        }
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let other = SecretKey::new([8; 32]);
        let error = OpenError::OtherKey { sealed_with: key().id(), set: other.id() };
        assert_eq!(open(&other, "totp", b"ada", &sealed()), Err(error));
        let sealed = other.seal(&Counter::default(), "totp", b"ada", SECRET).unwrap();
        let pretended = [&[VERSION], &key().id[..], &sealed[HEADER_LEN..]].concat();
        assert_eq!(open(&key(), "totp", b"ada", &pretended), Err(OpenError::Damaged));
    }

    #[test]
    fn no_changed_bit_goes_unnoticed() {
        let good = sealed();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&key(), "totp", b"ada", &changed).is_err(), "bit {bit} of byte {at}");
            }
            assert_eq!(open(&key(), "totp", b"ada", &good[..at]), Err(OpenError::Damaged), "{at} bytes");
        }
        assert_eq!(open(&key(), "totp", b"ada", &[&good[..], &[0]].concat()), Err(OpenError::Damaged));
    }

    #[test]
    fn a_key_is_32_bytes_in_base64_and_hides_itself() {
        let text = key().to_base64();
        assert_eq!(text.expose_secret(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        let line = format!("{}\n", text.expose_secret()).into();
        assert_eq!(SecretKey::from_base64(&line).unwrap().id(), key().id());
        assert_eq!(format!("{:?}", key()), "SecretKey(4bb06f8e, hidden)");
        for malformed in ["", "key", "BwcHBwcHBwcHBwcHBwcHBw==", &"Bwc".repeat(1_000), &"07".repeat(32)] {
            let error = SecretKey::from_base64(&malformed.into()).unwrap_err();
            assert_eq!(error, MalformedSecretKey, "{malformed:.70}");
        }
    }
}
