//! Events between instances: each publishes to the channel `<prefix>events` and subscribes to it with one connection,
//! which delivers to the listeners of its instance.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt;
use redis::{RedisResult, aio::PubSub};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::Redis;
use crate::{
    domain::{
        event::{Event, EventBus, EventStream, Topic},
        kernel::fault::{Fault, with_causes},
    },
    infra::memory::MemoryEventBus,
};

/// Maximum time for an answer on the subscribed connection, and the interval of pings on it. A dead connection is
/// noticed after at most twice this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pauses before a new connection: first and maximum; doubled each time.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Publishes to all instances, including this one, and delivers what any of them publishes.
pub struct RedisEventBus {
    relay: Relay,
    _running: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct Relay {
    redis: Redis,
    channel: Arc<str>,
    local: MemoryEventBus,
}

impl RedisEventBus {
    /// Subscribes in the background, on the current runtime. Redis need not be available yet.
    pub fn new(redis: Redis) -> Self {
        let channel = format!("{}events", redis.key_prefix).into();
        let relay = Relay { redis, channel, local: MemoryEventBus::default() };
        Self { _running: AbortOnDropHandle::new(tokio::spawn(relay.clone().run())), relay }
    }
}

#[async_trait]
impl EventBus for RedisEventBus {
    async fn publish(&self, event: &Event) -> Result<(), Fault> {
        let message = serde_json::to_string(event).map_err(Fault::internal)?;
        self.relay.redis.query(redis::cmd("PUBLISH").arg(&*self.relay.channel).arg(message)).await
    }

    fn subscribe(&self, topic: Topic) -> EventStream {
        self.relay.local.subscribe(topic)
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
                        tracing::info!("receiving events from Redis again");
                        reported = false;
                    }
                    // Events published meanwhile are lost.
                    self.local.deliver_missed();
                    self.relay(connection).await
                }
                Err(error) => Err(error),
            };
            if let (Err(error), false) = (outcome, reported) {
                tracing::warn!(cause = with_causes(&error), "cannot receive events from Redis; trying again");
                reported = true;
            }
            // The pause also grows while connections break at once.
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
            // Probably an event of another version, without listeners here.
            Err(error) => tracing::debug!(%error, "skipped an event"),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(PATIENCE, answer).await.map_err(io::Error::from)?
}
