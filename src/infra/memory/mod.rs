//! What a single instance keeps in its own memory.

mod event_bus;
mod rate_limiter;

pub use self::{event_bus::MemoryEventBus, rate_limiter::MemoryRateLimiter};
