//! The shop's rules: authorisation, transactions, batch reads, and the ports behind which the outside world lies.
//!
//! No HTTP and no GraphQL here. Every public function that clients reach takes an [`Op`], authorises first, opens and
//! commits its own transaction, and answers with an error of its own operation. What only the operator's commands reach
//! takes the [`Ports`] alone: whoever holds the database needs no permission.

pub mod account;
pub mod address;
pub mod api_key;
pub mod audit;
pub mod customer;
pub mod database;
pub mod event;
pub mod fault;
pub mod guard;
pub mod mail;
pub mod money;
pub mod op;
pub mod outbox;
pub mod page;
pub mod port;
pub mod privacy;
pub mod product;
pub mod quota;
pub mod sample;
pub mod seal;
pub mod search;
pub mod staff;
pub mod traffic;

pub use fault::Fault;
pub use op::{API_KEY_PREFIX, Caller, Credentials, Op, Ports, Program, SignedIn, Viewer};
