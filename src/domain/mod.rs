//! The shop's rules: authorisation, transactions, batch reads, and the ports behind which the outside world lies.
//!
//! No HTTP and no GraphQL here. Every public function that clients reach takes an [`OpContext`](context::OpContext),
//! authorises first, opens and commits its own transaction, and answers with an error of its own operation. A command of
//! the operator takes the [`Services`](context::Services) alone: the holder of the database needs no permission.

pub mod account;
pub mod address;
pub mod api_key;
pub mod audit;
pub mod audit_log;
pub mod auth;
pub mod cart;
pub mod context;
pub mod credential;
pub mod customer;
pub mod database;
pub mod dead_letter;
pub mod discount;
pub mod event;
pub mod idempotency;
pub mod identity;
pub mod inventory;
pub mod job;
pub mod kernel;
pub mod mail;
pub mod metadata;
pub mod order;
pub mod pricing;
pub mod privacy;
pub mod product;
pub mod rate_limit;
pub mod sample;
pub mod shipping;
pub mod shop;
pub mod staff;
pub mod tax;
pub mod throttle;
