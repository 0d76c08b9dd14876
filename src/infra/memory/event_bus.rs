//! Delivery of events within the process: the whole way in a single instance, the last step with several.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};

use crate::domain::{
    event::{Delivery, Event, EventBus, EventStream, Topic},
    kernel::fault::Fault,
};

/// Number of deliveries that are queued per topic; a listener that falls further behind misses some.
const BACKLOG: usize = 16;

/// Delivers events to the listeners of this process. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryEventBus {
    topics: Arc<Topics>,
}

#[derive(Default)]
struct Topics(Mutex<HashMap<Topic, Sender<Delivery>>>);

/// One listener. It does not keep the bus alive: without the bus its stream ends.
struct Listener {
    // Fields are dropped in this order: the guard counts the remaining receivers.
    deliveries: Receiver<Delivery>,
    _guard: TopicGuard,
}

/// Removes its topic when it was the last listener's.
struct TopicGuard {
    topic: Topic,
    topics: Weak<Topics>,
}

impl MemoryEventBus {
    pub(in crate::infra) fn deliver(&self, event: &Event) {
        let listeners = self.topics.lock().get(&event.topic()).cloned();
        if let Some(listeners) = listeners {
            // Fails if the last listener is being dropped.
            let _ = listeners.send(Delivery::Event(event.clone()));
        }
    }

    /// Tells every listener that it may have missed something.
    pub(in crate::infra) fn deliver_missed(&self) {
        let all: Vec<_> = self.topics.lock().values().cloned().collect();
        for listeners in all {
            let _ = listeners.send(Delivery::Missed);
        }
    }
}

impl Topics {
    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, Sender<Delivery>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TopicGuard {
    fn drop(&mut self) {
        let Some(topics) = self.topics.upgrade() else { return };
        let mut topics = topics.lock();
        if topics.get(&self.topic).is_some_and(|listeners| listeners.receiver_count() == 0) {
            topics.remove(&self.topic);
        }
    }
}

#[async_trait]
impl EventBus for MemoryEventBus {
    async fn publish(&self, event: &Event) -> Result<(), Fault> {
        self.deliver(event);
        Ok(())
    }

    fn subscribe(&self, topic: Topic) -> EventStream {
        let deliveries = self.topics.lock().entry(topic).or_insert_with(|| Sender::new(BACKLOG)).subscribe();
        let guard = TopicGuard { topic, topics: Arc::downgrade(&self.topics) };
        let listener = Listener { deliveries, _guard: guard };
        let stream = stream::unfold(listener, |mut listener| async {
            let delivery = match listener.deliveries.recv().await {
                Ok(delivery) => delivery,
                Err(RecvError::Lagged(_)) => Delivery::Missed,
                Err(RecvError::Closed) => return None,
            };
            Some((delivery, listener))
        });
        stream.boxed()
    }
}

#[cfg(test)]
mod tests {
    use entity::AccountId;
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_topic_takes_no_memory_after_its_last_listener() {
        let bus = MemoryEventBus::default();
        let topic = |id| Topic::Account(AccountId(Uuid::from_u128(id)));
        let (first, mut second) = (bus.subscribe(topic(1)), bus.subscribe(topic(1)));
        let other = bus.subscribe(topic(2));
        assert_eq!(bus.topics.lock().len(), 2);
        drop(first);
        assert!(second.next().now_or_never().is_none(), "it waits");
        assert_eq!(bus.topics.lock().len(), 2);
        drop(second);
        assert_eq!(bus.topics.lock().keys().collect::<Vec<_>>(), [&topic(2)]);
        drop(other);
        assert!(bus.topics.lock().is_empty());
    }

    #[test]
    fn a_stream_ends_with_its_bus() {
        let bus = MemoryEventBus::default();
        let mut events = bus.subscribe(Topic::Account(AccountId(Uuid::nil())));
        drop(bus);
        assert!(events.next().now_or_never().unwrap().is_none());
    }
}
