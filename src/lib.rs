//! Bodega: a commerce backend in one binary. `docs/architecture.md` shows the way through it.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod infra;
pub mod telemetry;
