//! Events that are published to all instances. See [`EventBus`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{AccountId, SessionId};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::domain::kernel::fault::Fault;

/// An event.
///
/// Instances of different versions exchange events as JSON: a field may be added with a default, none may be removed or
/// renamed, and an instance skips unknown events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A session was ended before it expired.
    SessionRevoked { account: AccountId, session: SessionId, at: DateTime<Utc> },
}

/// Topic of events, to which listeners subscribe.
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

/// Publishes events to the subscribers of all instances. Events are not stored, and can be lost; a subscriber that
/// depends on them also reads the state at [`Delivery::Missed`] and at intervals.
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Publishes an event to the subscribers of its topic, on every instance.
    async fn publish(&self, event: &Event) -> Result<(), Fault>;

    /// Subscribes to `topic`: events from now on, in order, each once. When this returns, the subscription is active:
    /// events that this instance publishes afterwards are delivered or reported as missed. Dropping the stream
    /// unsubscribes.
    fn subscribe(&self, topic: Topic) -> EventStream;
}

/// Item of a subscription. The stream ends only with the bus.
pub type EventStream = BoxStream<'static, Delivery>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Event(Event),
    /// Some events may have been lost: read the state again.
    Missed,
}
