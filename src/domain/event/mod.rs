//! What has happened and others may want to know at once. See [`EventBus`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{AccountId, SessionId};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::domain::kernel::fault::Fault;

/// Something that has happened.
///
/// Instances of different versions exchange it as JSON: a field may be added if it has a default, none may be removed or
/// renamed, and an instance skips what it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A session was ended before its time.
    SessionRevoked { account: AccountId, session: SessionId, at: DateTime<Utc> },
}

/// What events are about; listeners name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    Account(AccountId),
}

impl Event {
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

/// Tells the listeners of all instances what has happened. Nothing is kept for those who listen later, and events can
/// be lost on the way; a listener that depends on them also looks for itself, at [`Delivery::Missed`] and from time to
/// time.
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Tells whoever listens to the event's topic, on every instance.
    async fn publish(&self, event: &Event) -> Result<(), Fault>;

    /// What is published about `topic` from now on, in order, each once. When this returns it has begun: what this
    /// instance publishes afterwards is delivered, or announced as missed. Who drops the stream leaves nothing behind.
    fn subscribe(&self, topic: Topic) -> EventStream;
}

/// What a listener gets. It ends only with the bus.
pub type EventStream = BoxStream<'static, Delivery>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Event(Event),
    /// Some events may have been lost: look again at what they would have told.
    Missed,
}
