//! Adapters: implementations of the ports that `domain` declares.
//!
//! `sql` and `memory` serve a single instance, `redis` several, and `fallback` replaces `redis` while it is down; one
//! contract test covers each port. `smtp` sends mail, `mail_folder` writes it to files. `key_file` keeps the secret key
//! of a shop on SQLite.

pub mod fallback;
pub mod key_file;
pub mod mail_folder;
pub mod mail_message;
pub mod memory;
pub mod redis;
pub mod smtp;
pub mod sql;
pub mod system;
