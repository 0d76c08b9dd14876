//! What every test stands on: the program as `main` builds it, on a free port, with a database of its own.
//!
//! `BODEGA_TEST_STACK` says on what it runs: `embedded` (SQLite, sessions in the database; the default) or `services`
//! (PostgreSQL and Redis). `make test` runs the suite on both.
//!
//! A [`Client`] runs the operations of [`crate::operations`]: `client.mutate(CUSTOMER_UPDATE, input).await` is an
//! [`Outcome`], which is `ok()`, `rejected("NotFound")` or `failed("FORBIDDEN", "CUSTOMERS_EDIT")`.
//!
//! No test measures time, so that none fails on a slow machine: it waits for its event with [`within_a_minute`],
//! [`eventually`] or [`found`], counts, shows an order, or moves the [`TestClock`]. A limit that a test sets on the server is
//! short only where it is to be exceeded. Speed and memory are measured in `bench`.

mod app;
mod client;
mod clock;
mod database;
mod events;
mod guide;
mod mail;
mod operation;
mod smtp;
mod socket;
mod stack;
mod wait;

pub(crate) use app::{SOMEONES_PASSWORD, TestApp, config, context, texts};
pub(crate) use client::{Client, Reply};
pub(crate) use clock::TestClock;
pub(crate) use database::TestDatabase;
pub(crate) use events::Events;
pub(crate) use guide::Guide;
pub(crate) use mail::{ReceivedMail, read_mails};
pub(crate) use operation::{Errors, Mutation, Outcome, Query, Subscription};
pub(crate) use smtp::SmtpServer;
pub(crate) use socket::Socket;
pub(crate) use stack::{Stack, redis_url, stack};
pub(crate) use wait::{MINUTE, eventually, found, within_a_minute};
