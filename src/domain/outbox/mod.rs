//! Effects that must follow a commit (mail, later webhooks) and must not happen without it.
//!
//! Whoever causes one writes it down in the transaction of its cause ([`enqueue_in_txn`]) and wakes the [`Worker`] after
//! the commit ([`Outbox::wake`]). Every instance runs a worker with the same handlers; they share the rows. An effect is
//! done **at least once**: an instance may die after it did something and before it could write that down, so a handler
//! does nothing that hurts when it happens twice, or names the effect's id to whoever can tell repetitions apart.
//!
//! A worker takes an effect for as long as a lease lasts. What an instance that died had taken comes up again by itself
//! when the lease is over; the instances' clocks may therefore differ by less than a minute. What fails comes up again
//! after longer and longer pauses, and is given up after some hours: then the row stays, for staff to look at.

mod dead;
mod handler;
mod store;
mod worker;

use std::sync::Arc;

use entity::{EffectId, outbox};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::Notify;

pub use self::{
    dead::{DeadLetter, DeadLetterError, count_dead, dead_by_ids, dead_letters, discard, retry},
    handler::{Attempt, HandleError, Handler, decode},
    store::{Counts, MAX_ATTEMPTS, MAX_ERROR, counts},
    worker::{Pace, Running, Worker},
};
use super::{Fault, Ports};

/// Something that has to happen after a commit.
///
/// It is kept as JSON, for anybody who can read the database, so it **holds no secrets**: a handler makes the token of a
/// mail when it sends the mail, not before. Instances of different versions read it: a field may be added if it has a
/// default, none may be removed or renamed. PostgreSQL keeps no text with a NUL in it.
pub trait Effect: Serialize + DeserializeOwned + Send + Sync {
    /// Which handler it is for, like `account.mail`. Rows keep it, so it never changes.
    const KIND: &'static str;
}

/// The signal that effects are waiting, inside this process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    signal: Arc<Notify>,
}

impl Outbox {
    /// Tells this instance's worker to look at once. Call it after the commit; if nobody does, the worker finds the effect
    /// when it looks the next time, two seconds later.
    pub fn wake(&self) {
        self.signal.notify_one();
    }

    /// Waits until somebody has called [`wake`](Self::wake) since this was waited for the last time.
    async fn woken(&self) {
        self.signal.notified().await;
    }
}

/// Writes an effect down in the transaction of its cause: it happens if that commits, and does not otherwise.
#[tracing::instrument(name = "outbox::enqueue", level = "debug", skip_all, fields(kind = E::KIND), err(level = "debug"))]
pub async fn enqueue_in_txn<E: Effect>(
    ports: &Ports,
    transaction: &DatabaseTransaction,
    effect: &E,
) -> Result<(), Fault> {
    let now = ports.clock.now();
    let row = outbox::ActiveModel {
        id: Set(EffectId(ports.random.id(now))),
        kind: Set(E::KIND.to_owned()),
        payload: Set(serde_json::to_value(effect).map_err(Fault::internal)?),
        created_at: Set(now),
        due_at: Set(now),
        attempts: Set(0),
        last_error: Set(None),
        dead_at: Set(None),
    };
    row.insert(transaction).await?;
    Ok(())
}
