//! Value types and ports that every other room uses: faults, texts, money, pages, quotas, sealing, time and randomness.
//! This room uses none of the others and knows no noun.

pub mod crypto;
pub mod fault;
pub mod global_id;
pub mod money;
pub mod operation_error;
pub mod page;
pub mod ports;
pub mod quota;
pub mod text;
pub mod words;
