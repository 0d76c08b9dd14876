//! Adapters of a single instance, which keep their state in the process's memory.
//!
//! That state is lost at a restart and is not shared with other instances.

mod attempt_counter;
mod cache;
mod event_bus;
mod expiring;
mod rate_limiter;

pub use self::{
    attempt_counter::MemoryAttemptCounter, cache::MemoryCache, event_bus::MemoryEventBus,
    rate_limiter::MemoryRateLimiter,
};
