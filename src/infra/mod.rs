//! Adapters: what stands behind the ports that `domain` declares.
//!
//! `sql` and `memory` serve the embedded default, `redis` many instances, and `fallback` what has to go on without it; one
//! contract test covers each port. `smtp` sends mail, `mail_folder` writes it to files. `key_file` keeps the secret key of
//! the embedded default.

pub mod fallback;
pub mod key_file;
pub mod mail_folder;
pub mod mail_message;
pub mod memory;
pub mod redis;
pub mod smtp;
pub mod sql;
pub mod system;
