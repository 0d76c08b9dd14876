//! Endpoints for operators: health checks at the server's own address, metrics at another one.

mod health;
mod metrics;

pub use self::metrics::{Metrics, MetricsServer, MetricsServerHandle};
pub(super) use self::{
    health::{Alive, Ready},
    metrics::known_method,
};
