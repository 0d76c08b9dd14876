//! Endpoints for operators: health checks at the server's own address, metrics at another one.

mod health;
mod metrics;

pub use self::metrics::{Metrics, MetricsServer};
pub(super) use self::{
    health::{Ready, alive},
    metrics::known_method,
};
