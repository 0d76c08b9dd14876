//! Events between instances: all of them publish to the channel `<prefix>events` and listen to it with one connection
//! each, which hands what comes on to the listeners of its instance.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt;
use redis::{RedisResult, aio::PubSub};
use tokio::{
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use super::Redis;
use crate::{
    domain::{
        Fault,
        event::{Event, Topic},
        fault::with_causes,
        port::{EventBus, EventStream},
    },
    infra::memory::MemoryEventBus,
};

/// How long Redis may take to answer on the connection that listens, and how long that connection goes without a sign
/// of life before Redis is asked for one. Twice this long it can be dead before anybody notices.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause before the next connection: from the first, doubled each time, to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Publishes to all instances, this one included, and hands on what any of them publishes.
pub struct RedisEventBus {
    redis: Redis,
    channel: Arc<str>,
    local: MemoryEventBus,
    relay: AbortHandle,
}

/// What connects, listens and connects again, for ever.
struct Relay {
    redis: Redis,
    channel: Arc<str>,
    local: MemoryEventBus,
}

impl RedisEventBus {
    /// On this Redis. It begins to listen in the background, on the runtime that this is called on; Redis need not be
    /// there yet.
    pub fn new(redis: Redis) -> Self {
        let channel: Arc<str> = format!("{}events", redis.key_prefix).into();
        let local = MemoryEventBus::default();
        let relay = Relay { redis: redis.clone(), channel: channel.clone(), local: local.clone() };
        let relay = tokio::spawn(relay.run()).abort_handle();
        Self { redis, channel, local, relay }
    }
}

impl Drop for RedisEventBus {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

#[async_trait]
impl EventBus for RedisEventBus {
    async fn publish(&self, event: &Event) -> Result<(), Fault> {
        let message = serde_json::to_string(event).map_err(Fault::internal)?;
        self.redis.query(redis::cmd("PUBLISH").arg(&*self.channel).arg(message)).await
    }

    fn subscribe(&self, topic: Topic) -> EventStream {
        self.local.subscribe(topic)
    }
}

impl Relay {
    async fn run(self) {
        let (shortest, longest) = PAUSES;
        let (mut pause, mut reported) = (shortest, false);
        loop {
            let begin = Instant::now();
            let outcome = match self.connect().await {
                Ok(connection) => {
                    if reported {
                        tracing::info!("events come again");
                        reported = false;
                    }
                    // Whatever was published while nobody listened is lost.
                    self.local.deliver_missed();
                    self.relay(connection).await
                }
                Err(error) => Err(error),
            };
            if let (Err(error), false) = (outcome, reported) {
                tracing::warn!(cause = with_causes(&error), "no events come from Redis; trying again");
                reported = true;
            }
            // A connection that breaks as soon as it stands is no reason to hurry.
            pause = if begin.elapsed() > longest + PATIENCE { shortest } else { longest.min(pause * 2) };
            sleep(pause).await;
        }
    }

    async fn connect(&self) -> RedisResult<PubSub> {
        let connect = async {
            let mut connection = self.redis.client.get_async_pubsub().await?;
            connection.subscribe(&*self.channel).await?;
            Ok(connection)
        };
        in_time(connect).await
    }

    /// Hands on what comes, until nothing can come any more.
    async fn relay(&self, connection: PubSub) -> RedisResult<Infallible> {
        let (mut commands, mut messages) = connection.split();
        let relay = async {
            while let Some(message) = messages.next().await {
                self.deliver(message.get_payload_bytes());
            }
            Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
        };
        let watch = async {
            loop {
                sleep(PATIENCE).await;
                in_time(commands.ping::<()>()).await?;
            }
        };
        tokio::select! {
            lost = relay => lost,
            lost = watch => lost,
        }
    }

    fn deliver(&self, message: &[u8]) {
        match serde_json::from_slice::<Event>(message) {
            Ok(event) => self.local.deliver(&event),
            // Another version's, most likely, and nobody here listens for it.
            Err(error) => tracing::debug!(%error, "skipped an event"),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(PATIENCE, answer).await.map_err(io::Error::from)?
}
