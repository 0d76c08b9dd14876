//! Notices: what has changed since the shopper changed a line or dismissed its notices.

use entity::cart_line::Problem;

use super::{Cart, Line, Priced};

/// One notice. The number is the place of the line in the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartNotice {
    /// A piece costs something else, in minor units.
    PriceChanged { line: usize, from: i64, to: i64 },
    /// There are fewer pieces than the cart has of the variant.
    InsufficientStock { line: usize, requested: i64, available: i32 },
    /// The variant is no longer sold.
    NoLongerAvailable { line: usize },
    /// The variant has no price in the currency any more.
    NotSoldInCurrency { line: usize },
    /// The cart has more pieces than one order may have now.
    AboveMaximum { line: usize, maximum: i32 },
    /// The cart cannot be shipped by the chosen method.
    ShippingMethodUnavailable,
    /// A code can be used no longer. The number is its place in the cart.
    DiscountEnded { code: usize },
}

impl Cart {
    /// What the shopper does not know yet.
    pub fn notices(&self, priced: &Priced) -> Vec<CartNotice> {
        let lines = self.lines.iter().enumerate();
        let of_lines = lines.flat_map(|(index, line)| self.of_line(index, line));
        let is_unusable = self.row.shipping_method_id.is_some()
            && self.requires_shipping()
            && priced.shipping_method().is_none();
        let codes = self.row.discount_codes.0.iter().enumerate();
        let ended = codes.filter(|(_, code)| code.seen_usable && priced.has_ended(&code.code));
        let ended = ended.map(|(code, _)| CartNotice::DiscountEnded { code });
        of_lines.chain(is_unusable.then_some(CartNotice::ShippingMethodUnavailable)).chain(ended).collect()
    }

    fn of_line(&self, index: usize, line: &Line) -> Vec<CartNotice> {
        let (state, row) = (self.state(line), &line.row);
        let price = row.seen_price.zip(state.price).filter(|(from, to)| from != to);
        let price = price.map(|(from, to)| CartNotice::PriceChanged { line: index, from, to });
        let is_known = state.problem == row.seen_problem
            && state.available.is_none_or(|now| row.seen_available <= Some(now));
        let problem = state.problem.filter(|_| !is_known).map(|problem| match problem {
            Problem::NoLongerAvailable => CartNotice::NoLongerAvailable { line: index },
            Problem::NotSoldInCurrency => CartNotice::NotSoldInCurrency { line: index },
            Problem::InsufficientStock => CartNotice::InsufficientStock {
                line: index,
                requested: self.pieces_of(row.variant_id),
                available: state.available.unwrap_or_default(),
            },
            Problem::AboveMaximum => {
                let maximum = line.item.as_ref().and_then(|item| item.variant.max_per_order);
                CartNotice::AboveMaximum { line: index, maximum: maximum.unwrap_or(super::MAX_PIECES) }
            }
        });
        price.into_iter().chain(problem).collect()
    }
}
