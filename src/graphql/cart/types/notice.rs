//! Notices of carts, and errors that mean the same.
//!
//! `line` has one type in all of them: GraphQL merges fields of one name, and refuses a selection of `line` in which it is
//! nullable in one place only.

use std::sync::Arc;

use async_graphql::{SimpleObject, Union};

use super::{CartLine, Shared};
use crate::{
    domain::cart::{self, NotSold, Short},
    graphql::{
        kit::{
            payload::{path, user_errors},
            scalar::{CurrencyCode, Money},
        },
        product::Variant,
    },
};

/// Change that the shopper has not seen yet.
#[derive(Union)]
pub(super) enum CartNotice {
    PriceChanged(PriceChanged),
    InsufficientStock(Box<InsufficientStock>),
    NoLongerAvailable(NoLongerAvailable),
    NotSoldInCurrency(Box<NotSoldInCurrency>),
    AboveMaximum(AboveMaximum),
    ShippingMethodUnavailable(ShippingMethodUnavailable),
    DiscountEnded(DiscountEnded),
}

/// Another price of one piece.
#[derive(SimpleObject)]
pub(super) struct PriceChanged {
    /// Human-readable message.
    message: String,
    /// The line; never null.
    line: Option<CartLine>,
    /// Price at the last change of the line.
    from: Money,
    /// Present price.
    to: Money,
}

/// Line whose variant is no longer in the shop.
#[derive(SimpleObject)]
pub(super) struct NoLongerAvailable {
    /// Human-readable message.
    message: String,
    /// The line; never null.
    line: Option<CartLine>,
}

/// Line with more pieces than one order may have by now.
#[derive(SimpleObject)]
pub(super) struct AboveMaximum {
    /// Human-readable message.
    message: String,
    /// The line; never null.
    line: Option<CartLine>,
    /// Maximum number of pieces of the variant in one order.
    maximum: i32,
}

/// Code of a discount that could be used and no longer can: the discount has ended, or was used as often as it may be.
#[derive(SimpleObject)]
pub(super) struct DiscountEnded {
    /// Human-readable message.
    message: String,
    /// The code, as the shopper entered it.
    code: String,
}

/// Chosen shipping method that the cart cannot be shipped by any more.
#[derive(SimpleObject)]
pub(super) struct ShippingMethodUnavailable {
    /// Human-readable message.
    message: String,
}

user_errors! {
    /// Fewer pieces than the cart has, or would have, of a variant. A member of `errors` and of `Cart.notices`.
    InsufficientStock {
        /// The variant.
        variant: Variant,
        /// Number of pieces that the cart has, or would have, on all lines of the variant.
        requested: i32,
        /// Number of pieces that can be had, less than `requested`.
        available: i32,
        /// The line; null in `errors`.
        line: Option<CartLine>,
    }

    /// Variant without a price in the currency of the cart. A member of `errors` and of `Cart.notices`.
    NotSoldInCurrency {
        /// The variant.
        variant: Variant,
        /// The currency; null in `errors`, where it is that of the cart.
        currency: Option<CurrencyCode>,
        /// The line; null in `errors`.
        line: Option<CartLine>,
    }
}

impl From<Short> for InsufficientStock {
    fn from(short: Short) -> Self {
        Self {
            message: match short.available {
                0 => "The variant is out of stock.".to_owned(),
                1 => "Only one piece can be had.".to_owned(),
                available => format!("Only {available} pieces can be had."),
            },
            path: path(&["lines", &short.index.to_string(), "quantity"]),
            variant: short.variant.into(),
            requested: short.requested.try_into().unwrap_or(i32::MAX),
            available: short.available,
            line: None,
        }
    }
}

impl From<NotSold> for NotSoldInCurrency {
    fn from(not_sold: NotSold) -> Self {
        Self {
            message: "The variant is not sold in the currency of the cart.".to_owned(),
            path: path(&["lines", &not_sold.index.to_string(), "variantId"]),
            variant: not_sold.variant.into(),
            currency: None,
            line: None,
        }
    }
}

fn message(name: &str, available: i32) -> String {
    match available {
        0 => format!("{name:?} is out of stock."),
        available => format!("Only {available} of {name:?} can be had."),
    }
}

impl CartNotice {
    /// `None` for a line without a variant, about which there is nothing to be said.
    pub(super) fn new(shared: &Arc<Shared>, notice: cart::CartNotice) -> Option<Self> {
        let name = |line: usize| &shared.cart.lines[line].row.seen_product_name;
        let line = |index| CartLine::new(shared.clone(), index);
        let variant = |index: usize| {
            let item = shared.cart.lines[index].item.as_ref()?;
            Some(Variant::from(item.variant.clone()))
        };
        Some(match notice {
            cart::CartNotice::PriceChanged { line: index, from, to } => {
                let change = if to < from { "cheaper" } else { "more expensive" };
                let message = format!("{:?} has become {change}.", name(index));
                let (from, to) = (shared.money(from), shared.money(to));
                Self::PriceChanged(PriceChanged { message, line: Some(line(index)), from, to })
            }
            cart::CartNotice::InsufficientStock { line: index, requested, available } => {
                Self::InsufficientStock(Box::new(InsufficientStock {
                    message: message(name(index), available),
                    path: None,
                    variant: variant(index)?,
                    requested: requested.try_into().unwrap_or(i32::MAX),
                    available,
                    line: Some(line(index)),
                }))
            }
            cart::CartNotice::NoLongerAvailable { line: index } => {
                let message = format!("{:?} is no longer available.", name(index));
                Self::NoLongerAvailable(NoLongerAvailable { message, line: Some(line(index)) })
            }
            cart::CartNotice::NotSoldInCurrency { line: index } => {
                Self::NotSoldInCurrency(Box::new(NotSoldInCurrency {
                    message: format!("{:?} is not sold in {}.", name(index), shared.currency()),
                    path: None,
                    variant: variant(index)?,
                    currency: Some(CurrencyCode(shared.currency())),
                    line: Some(line(index)),
                }))
            }
            cart::CartNotice::AboveMaximum { line: index, maximum } => {
                let message = format!("At most {maximum} of {:?} can be bought at once.", name(index));
                Self::AboveMaximum(AboveMaximum { message, line: Some(line(index)), maximum })
            }
            cart::CartNotice::ShippingMethodUnavailable => {
                Self::ShippingMethodUnavailable(ShippingMethodUnavailable {
                    message: "The cart cannot be shipped by the chosen method. Choose another one."
                        .to_owned(),
                })
            }
            cart::CartNotice::DiscountEnded { code } => {
                let code = shared.cart.row.discount_codes.0[code].code.clone();
                let message = format!("The code {code:?} can no longer be used.");
                Self::DiscountEnded(DiscountEnded { message, code })
            }
        })
    }
}
