//! The integration tests: one binary, one file a noun. `support` starts the real program for each test.

mod support;

mod account;
mod architecture;
mod authorization;
mod cli;
mod database;
mod health;
mod hostile;
mod http;
mod node;
mod outage;
mod port;
mod product;
mod schema;
mod seed;
