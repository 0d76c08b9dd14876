//! Stock. A level says how many pieces of a variant are on hand and how many of them are reserved; it is the sum of the
//! variant's movements, which are never changed. All changes are conditional updates of single rows, in the order of the
//! variants' ids, so that two of them neither oversell nor block each other.
//!
//! It knows variants by their ids alone. A product opens the level of each of its variants.

mod check;
mod level;
mod list;
mod reserve;
mod staff;

pub use check::{Difference, check, repair};
pub(in crate::domain) use level::levels_of;
pub use level::{Availability, availability, by_ids, figures_of, open, orderable};
pub use list::{MovementFilter, low_stock, movements, movements_by_ids};
pub use reserve::{InsufficientStock, Shortage, StockError, StockLine, release, reserve, ship, take_back};
pub use staff::{Change, ChangeError, Policy, PolicySetError, SetError, adjust, policy_set, receive, set};

/// The most pieces that a level holds, and the most that can be sold beyond them: the sum fits into 32 bits.
pub const MAX_PIECES: i32 = 1_000_000_000;
