//! Discounts: what each takes off each line, and off shipping.

use uuid::Uuid;

use super::{Basket, Discount, Effect, PPM, round, spread};

/// What is left of each line and of shipping, and what each discount took off.
#[derive(Debug)]
pub(super) struct Discounted {
    pub lines: Vec<i64>,
    pub shipping: i64,
    /// For each line, the share of each discount.
    pub off_lines: Vec<Vec<i64>>,
    /// The share of each discount in shipping.
    pub off_shipping: Vec<i64>,
}

/// Applies the discounts in their order to lines with these prices.
pub(super) fn discounted(basket: &Basket, lines: Vec<i64>, shipping: i64) -> Discounted {
    let off_lines = lines.iter().map(|_| Vec::with_capacity(basket.discounts.len())).collect();
    let mut left = Discounted { lines, shipping, off_lines, off_shipping: Vec::new() };
    for discount in &basket.discounts {
        left.apply(basket, discount);
    }
    left
}

impl Discounted {
    fn apply(&mut self, basket: &Basket, discount: &Discount) {
        let mut off = vec![0; self.lines.len()];
        let mut off_shipping = 0;
        match &discount.effect {
            Effect::Percentage { ppm, lines } => {
                let amount = round(self.sum(lines), (*ppm).into(), PPM);
                self.spread(&mut off, basket, amount, lines);
            }
            Effect::Amount { amount, lines } => {
                self.spread(&mut off, basket, (*amount).min(self.sum(lines)), lines);
            }
            Effect::FixedPrice { amount, lines } => {
                for index in lines {
                    let price = i128::from(*amount) * i128::from(basket.lines[*index].quantity);
                    let price = i64::try_from(price).unwrap_or(i64::MAX);
                    off[*index] = (self.lines[*index] - price).max(0);
                }
            }
            Effect::FreeShipping => off_shipping = self.shipping,
        }
        for (index, off) in off.into_iter().enumerate() {
            self.lines[index] -= off;
            self.off_lines[index].push(off);
        }
        self.shipping -= off_shipping;
        self.off_shipping.push(off_shipping);
    }

    fn sum(&self, lines: &[usize]) -> i64 {
        lines.iter().map(|index| self.lines[*index]).sum()
    }

    fn spread(&self, off: &mut [i64], basket: &Basket, amount: i64, lines: &[usize]) {
        let weights: Vec<(Uuid, i64)> =
            lines.iter().map(|index| (basket.lines[*index].id, self.lines[*index])).collect();
        for (index, share) in lines.iter().zip(spread(amount, &weights)) {
            off[*index] = share;
        }
    }
}
