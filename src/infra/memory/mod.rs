//! What a single instance keeps in its own memory.

mod attempt_counter;
mod cache;
mod event_bus;
mod rate_limiter;

pub use self::{
    attempt_counter::MemoryAttemptCounter, cache::MemoryCache, event_bus::MemoryEventBus,
    rate_limiter::MemoryRateLimiter,
};
