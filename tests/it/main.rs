//! The integration tests: one binary, one file a noun. `support` starts the real program for each test.

// The whole program is one future inside each test's.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and stands outside the program"
)]

mod operations;
mod support;

mod account;
mod account_lifecycle;
mod address;
mod api_key;
mod architecture;
mod audit;
mod authorization;
mod cart;
mod catalogue_guide;
mod category;
mod cli;
mod collection;
mod compression;
mod connection;
mod customer;
mod database;
mod dead_letter;
mod discount;
mod event;
mod execution;
mod health;
mod hostile;
mod http;
mod image;
mod inventory;
mod job;
mod journey;
mod limits;
mod log;
mod login;
mod mail;
mod metadata;
mod metrics;
mod node;
mod outage;
mod persisted;
mod port;
mod price;
mod pricing;
mod privacy;
mod product;
mod product_edit;
mod product_list;
mod product_set;
mod race;
mod rate_limit;
mod schema;
mod second_factor;
mod secret_key;
mod security_doc;
mod seed;
mod session;
mod shipping;
mod shop;
mod sse;
mod staff;
mod tax;
mod throttle;
mod trace;
mod variant;
mod websocket;
