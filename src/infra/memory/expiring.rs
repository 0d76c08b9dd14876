//! Values in memory, each until it no longer matters.

use std::time::{Duration, Instant};

use moka::{
    Expiry,
    ops::compute::Op,
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};

/// Maximum number of keys, so that a flood of them cannot fill the memory. Beyond it the least recently used are
/// evicted: to get rid of a count, a caller needs this many other addresses. (moka's default policy would not admit
/// new keys, which could then not be limited.)
const MAX_KEYS: u64 = 100_000;

/// Values by their keys, with their lifetimes.
pub(super) struct Expiring<V>(Cache<String, (V, Duration)>);

struct Lifetime;

impl<V: Copy + Send + Sync + 'static> Default for Expiring<V> {
    fn default() -> Self {
        let cache = CacheBuilder::new(MAX_KEYS).eviction_policy(EvictionPolicy::lru());
        Self(cache.expire_after(Lifetime).build())
    }
}

impl<V> Expiry<String, (V, Duration)> for Lifetime {
    fn expire_after_create(&self, _: &String, kept: &(V, Duration), _: Instant) -> Option<Duration> {
        Some(kept.1)
    }

    fn expire_after_update(
        &self,
        _: &String,
        kept: &(V, Duration),
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.1)
    }
}

impl<V: Copy + Send + Sync + 'static> Expiring<V> {
    /// Replaces or removes the value of a key in one step.
    pub(super) fn update(&self, key: &str, update: impl FnOnce(Option<V>) -> Option<(V, Duration)>) {
        self.0.entry_by_ref(key).and_compute_with(|entry| {
            let before = entry.map(|entry| entry.into_value().0);
            match (before, update(before)) {
                (_, Some(kept)) => Op::Put(kept),
                (Some(_), None) => Op::Remove,
                (None, None) => Op::Nop,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_keys_does_not_fill_the_memory() {
        const FLOOD: u64 = MAX_KEYS * 3 / 2;
        let values = Expiring::default();
        for key in 0..FLOOD {
            values.update(&format!("key {key}"), |_| Some((key, Duration::from_secs(60))));
        }
        let kept = values.0.iter().count() as u64;
        assert!(kept <= MAX_KEYS + MAX_KEYS / 100, "{kept}");
        values.update(&format!("key {}", FLOOD - 1), |newest| {
            assert_eq!(newest, Some(FLOOD - 1));
            None
        });
    }

    #[test]
    fn a_value_that_is_removed_takes_no_memory() {
        let values = Expiring::default();
        values.update("a", |_| Some((1, Duration::from_secs(60))));
        assert_eq!(values.0.iter().count(), 1);
        values.update("a", |_| None);
        assert_eq!(values.0.iter().count(), 0);
    }
}
