//! Value types and ports that all other modules of `domain` may use: faults, text, money, pages, quotas, encryption,
//! time and randomness. Uses no other module of `domain`.

pub mod crypto;
pub mod fault;
pub mod field;
pub mod global_id;
pub mod markdown;
pub mod money;
pub mod operation_error;
pub mod ordering;
pub mod page;
pub mod patch;
pub mod percentage;
pub mod ports;
pub mod quota;
pub mod text;
pub mod words;
