//! Adapters: what stands behind the ports that `domain` declares.
//!
//! `sql` and `memory` serve the embedded default, `redis` many instances; one contract test covers each port.

pub mod memory;
pub mod redis;
pub mod sql;
pub mod system;
