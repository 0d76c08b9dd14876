//! A session is opened by a login and shown by its token: 256 random bits that only the client keeps. The store knows
//! the token's SHA-256, so that its contents open nothing.

use std::{fmt, str::FromStr, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{AccountId, account};
use sea_orm::EntityTrait;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::domain::{Credentials, Fault, Op, Ports, Viewer, event::Event, fault::with_causes};

/// The bearer of this is logged in. Never logged, never stored.
pub struct Token(SecretBox<[u8; 32]>);

/// What a store knows of a token: its SHA-256. (A slow hash is not needed: 256 random bits cannot be guessed.)
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// A login that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account_id: AccountId,
    /// When the login was.
    pub created_at: DateTime<Utc>,
    /// When it ends, however much it is used.
    pub expires_at: DateTime<Utc>,
}

impl Token {
    /// A token of these 256 random bits.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(secret)))
    }

    /// What may be stored of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.expose_secret()).into())
    }

    /// The text for the client: 43 letters of base64url.
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

/// As 43 letters of base64url.
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

pub(super) const UNKNOWN: Fault = Fault::Unauthenticated(
    "The session token is unknown, expired or was logged out. Log in again, or leave the token out.",
);
const MALFORMED: Fault = Fault::Unauthenticated(
    "The session token is malformed. Send it as `Authorization: Bearer TOKEN`, as `login` returned it.",
);

/// Finds out who shows these credentials. A token that opens no session is an error and not somebody anonymous: its
/// bearer believes to be logged in.
#[tracing::instrument(name = "account::identify", level = "debug", skip_all, err(level = "debug"))]
pub async fn identify(op: &Op) -> Result<Viewer, Fault> {
    let token = match &op.caller().credentials {
        Credentials::None => return Ok(Viewer::Anonymous),
        Credentials::Malformed => return Err(MALFORMED),
        Credentials::Token(token) => token.hash(),
    };
    let idle = op.accounts.lifetime.idle;
    let session = op.sessions.touch(&token, op.clock.now(), idle).await?.ok_or(UNKNOWN)?;
    let account =
        account::Entity::find_by_id(session.account_id).one(op.db.connection()).await?.ok_or(UNKNOWN)?;
    Ok(Viewer::Account(Arc::new(account)))
}

/// Whether the session that the caller shows is alive now, which counts as use: for what stays open after
/// [`Op::viewer`] has answered, and keeps its session in use. Who shows no token has none.
#[tracing::instrument(name = "account::is_alive", level = "debug", skip_all, err(level = "debug"))]
pub async fn is_alive(op: &Op) -> Result<bool, Fault> {
    match op.session() {
        Some(token) => alive(op, &token).await,
        None => Ok(false),
    }
}

pub(super) async fn alive(ports: &Ports, token: &TokenHash) -> Result<bool, Fault> {
    let session = ports.sessions.touch(token, ports.clock.now(), ports.accounts.lifetime.idle).await?;
    Ok(session.is_some())
}

/// Ends the session that the caller shows, and tells whoever listens. Says whether there was one: logging out twice is
/// no error.
#[tracing::instrument(name = "account::logout", level = "debug", skip_all, err(level = "debug"))]
pub async fn logout(op: &Op) -> Result<bool, Fault> {
    let Some(token) = op.session() else { return Ok(false) };
    let Some(session) = op.sessions.remove(&token).await? else { return Ok(false) };
    let event = Event::SessionRevoked { account: session.account_id, session: token, at: op.clock.now() };
    if let Err(fault) = op.events.publish(&event).await {
        // The session has ended all the same; listeners notice when they look for themselves.
        tracing::warn!(cause = with_causes(&fault), "nobody was told that a session has ended");
    }
    Ok(true)
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
