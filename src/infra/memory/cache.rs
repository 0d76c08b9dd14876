//! Cached texts in memory.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use moka::{policy::EvictionPolicy, sync};

use crate::domain::kernel::{
    fault::Fault,
    ports::{Cache, MAX_CACHED_TEXT, MAX_CACHED_TEXTS},
};

/// Maximum total size of texts and keys, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Minimum size that a text counts as, so that the limit bounds their number, too.
const MIN_WEIGHT: u64 = MAX_BYTES.div_ceil(MAX_CACHED_TEXTS as u64);

/// Idle time after which a text is evicted.
const IDLE: Duration = Duration::from_secs(24 * 3600);

/// Caches texts in memory. When there are too many, the least recently used are evicted.
pub struct MemoryCache {
    texts: sync::Cache<String, Arc<str>>,
}

impl Default for MemoryCache {
    fn default() -> Self {
        let texts = sync::Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(|key: &String, text: &Arc<str>| weight(key, text))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .build();
        Self { texts }
    }
}

fn weight(key: &str, text: &str) -> u32 {
    ((key.len() + text.len()) as u64).max(MIN_WEIGHT).try_into().unwrap_or(u32::MAX)
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Arc<str>>, Fault> {
        Ok(self.texts.get(key))
    }

    async fn put(&self, key: &str, text: &str) -> Result<(), Fault> {
        if text.len() <= MAX_CACHED_TEXT {
            self.texts.insert(key.to_owned(), text.into());
            // moka evicts only then, and insertions are rare.
            self.texts.run_pending_tasks();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_texts_do_not_fill_the_memory() {
        let cache = MemoryCache::default();
        let text = "x".repeat(MAX_CACHED_TEXT);
        for key in 0..1_200 {
            cache.put(&format!("key {key}"), &text).await.unwrap();
        }
        let bytes: usize = cache.texts.iter().map(|(key, text)| key.len() + text.len()).sum();
        assert!(
            bytes as u64 <= MAX_BYTES && bytes as u64 > MAX_BYTES - 2 * MAX_CACHED_TEXT as u64,
            "{bytes}"
        );
        assert!(
            cache.get("key 1199").await.unwrap().is_some() && cache.get("key 0").await.unwrap().is_none()
        );
    }
}
