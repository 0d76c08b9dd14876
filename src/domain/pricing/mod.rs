//! What a basket costs: discounts, tax, totals. Pure: no I/O, no clock, no currency; all that is needed is passed in.
//!
//! - Amounts are whole minor units, at most [`MAX_AMOUNT`]; products are computed in 128 bits. Half a unit is rounded up.
//! - Parts of an amount are spread by largest remainder ([`spread`]), so that they add up to it; of equal remainders the one
//!   with the smaller id comes first, whatever the order of the lines.
//! - Discounts act on prices as they were entered, one after the other, each on what the former ones left. Tax acts on the
//!   rest.
//! - Tax is rounded for each line, or once for all amounts that are taxed alike, whose figures are then spread over the
//!   lines ([`Rounding`]).
//! - Removing a discount never lowers the total in exact numbers. In whole units it can where a later discount is spread over
//!   several lines anew (by as much as rounding), and where shipping is taxed like the goods and their proportions change.

mod basket;
mod discount;
mod refund;
mod spread;
mod tax;
mod totals;

pub use basket::{Basis, Basket, Discount, Effect, Line, Rate, Rounding, Shipping, ShippingTax, Taxation};
pub use refund::share_of_pieces;
pub use spread::spread;
pub use totals::{Amounts, TaxTotal, TooLarge, Totals, totals};

/// Largest amount that is computed, in minor units.
pub const MAX_AMOUNT: i64 = 10_000_000_000_000;

/// Parts of a whole in rates and percentages.
pub const PPM: i64 = 1_000_000;

/// `amount * numerator / denominator`, rounded to the nearest unit, half a unit up. All are at least 0.
fn round(amount: i64, numerator: i64, denominator: i64) -> i64 {
    let (numerator, denominator) =
        (i128::from(amount) * i128::from(numerator), i128::from(denominator.max(1)));
    ((2 * numerator + denominator) / (2 * denominator)).try_into().unwrap_or(i64::MAX)
}
