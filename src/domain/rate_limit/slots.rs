//! Slots per key, for limits on concurrency.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Numbers of used slots; keys without any have no entry. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Slots(Arc<Mutex<HashMap<Arc<str>, usize>>>);

/// One slot. Dropping it frees it.
#[derive(Debug)]
pub struct Slot {
    pub(super) key: Arc<str>,
    slots: Slots,
}

impl Slots {
    /// Takes a slot, unless `max` of this key are used.
    pub fn take(&self, key: impl Into<Arc<str>>, max: usize) -> Option<Slot> {
        let key = key.into();
        match self.lock().entry(key.clone()) {
            Entry::Occupied(count) if *count.get() >= max => return None,
            count => *count.or_default() += 1,
        }
        Some(Slot { key, slots: self.clone() })
    }

    /// Number of used slots.
    pub fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.slots.lock();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_with_slots_are_remembered() {
        let slots = Slots::default();
        let take = |key: &str| slots.take(key, 2);
        let (first, second, other) = (take("a"), take("a"), take("b"));
        assert!(first.is_some() && second.is_some() && other.is_some() && take("a").is_none());
        drop(first);
        let third = take("a");
        assert!(third.is_some() && take("a").is_none() && slots.taken() == 3);
        drop((second, third, other));
        assert!(slots.lock().is_empty());
    }
}
