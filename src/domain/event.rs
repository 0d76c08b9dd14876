//! What has happened and others may want to know at once. See [`EventBus`](super::port::EventBus).

use chrono::{DateTime, Utc};
use entity::{AccountId, SessionId};
use serde::{Deserialize, Serialize};

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
        session: SessionId,
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

    #[test]
    fn instances_of_different_versions_understand_each_other() {
        let event = Event::SessionRevoked {
            account: AccountId(Uuid::nil()),
            session: SessionId(Uuid::from_u128(7)),
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
        };
        let mut wire = json!({
            "type": "sessionRevoked",
            "account": "00000000-0000-0000-0000-000000000000",
            "session": "00000000-0000-0000-0000-000000000007",
            "at": "2023-11-14T22:13:20.123456Z",
        });
        assert_eq!(to_value(&event).unwrap(), wire);
        wire["newer"] = json!(1);
        assert_eq!(from_value::<Event>(wire.clone()).unwrap(), event);
    }
}
