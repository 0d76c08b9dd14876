//! What a single instance keeps in its own memory.

mod cache;
mod event_bus;
mod rate_limiter;

pub use self::{cache::MemoryCache, event_bus::MemoryEventBus, rate_limiter::MemoryRateLimiter};
