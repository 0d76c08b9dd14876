//! Tokens: 256 random bits that only the client has. Only the SHA-256 is stored, so that access to the store gives no
//! access to accounts. (A slow hash is not needed: 256 random bits cannot be guessed.)

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Bearer token: of a session, of a mail, or an API key. Never logged, never stored.
pub struct Token(SecretBox<[u8; 32]>);

/// SHA-256 of a token, for stores.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// A token of these 256 random bits.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(secret)))
    }

    /// Hash for storage.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.expose_secret()).into())
    }

    /// Text for the client: 43 characters of base64url.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose_secret())
    }
}

/// The text is not a token; the text itself is not part of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedToken;

impl FromStr for Token {
    type Err = MalformedToken;

    fn from_str(text: &str) -> Result<Self, MalformedToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| MalformedToken)?;
        Ok(Self::new(bytes.try_into().map_err(|_| MalformedToken)?))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl TokenHash {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(hidden)")
    }
}

/// As 43 characters of base64url.
impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| de::Error::custom("not the hash of a token"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_hides_in_logs() {
        let token = Token::new([200; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert_eq!(text.parse::<Token>().unwrap().hash(), token.hash());
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(hidden) TokenHash(hidden)");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "x", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), "\0"] {
            assert_eq!(text.parse::<Token>().err(), Some(MalformedToken), "{text:?}");
        }
    }
}
