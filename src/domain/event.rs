//! What has happened and others may want to know at once. See [`EventBus`](super::port::EventBus).

use chrono::{DateTime, Utc};
use entity::AccountId;
use serde::{Deserialize, Serialize};

use super::account::TokenHash;

/// Something that has happened.
///
/// Instances of different versions exchange it as JSON: a field may be added if it has a default, none may be removed or
/// renamed, and an instance skips what it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A session was ended before its time.
    SessionRevoked {
        /// Whose.
        account: AccountId,
        /// Which one.
        session: TokenHash,
        /// When.
        at: DateTime<Utc>,
    },
}

/// What events are about; listeners name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// An account and its sessions.
    Account(AccountId),
}

impl Event {
    /// Whose listeners are told.
    pub fn topic(&self) -> Topic {
        match self {
            Self::SessionRevoked { account, .. } => Topic::Account(*account),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};
    use uuid::Uuid;

    use super::*;
    use crate::domain::account::Token;

    #[test]
    fn instances_of_different_versions_understand_each_other() {
        let event = Event::SessionRevoked {
            account: AccountId(Uuid::nil()),
            session: Token::new([200; 32]).hash(),
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
        };
        let mut wire = json!({
            "type": "sessionRevoked",
            "account": "00000000-0000-0000-0000-000000000000",
            "session": "5tD6VV0iIVVIuu3L7tUHjz5Nae2xV-eWdcyM_PxABIo",
            "at": "2023-11-14T22:13:20.123456Z",
        });
        assert_eq!(to_value(&event).unwrap(), wire);
        wire["newer"] = json!(1);
        assert_eq!(from_value::<Event>(wire.clone()).unwrap(), event);
        wire["session"] = json!("5tD6VV0iIVVIuu3L7tUHjz5Nae2xV-eWdcyM_PxABIo=");
        let error = from_value::<Event>(wire).unwrap_err();
        assert_eq!(error.to_string(), "not the hash of a token");
    }
}
