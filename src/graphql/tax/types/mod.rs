//! Tax: classes, rates, settings, exemptions, and amounts with their tax.

mod class;
mod exemption;
mod preview;
mod rate;
mod settings;
mod totals;

pub use class::*;
pub use exemption::*;
pub(in crate::graphql) use preview::*;
pub use rate::*;
pub use settings::*;
pub use totals::*;
