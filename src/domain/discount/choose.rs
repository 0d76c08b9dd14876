//! Choosing the discounts of a cart, without I/O and without a clock.

use std::collections::HashSet;

use entity::{
    DiscountId, ProductId,
    discount::{self, Kind},
};

use super::Candidate;
use crate::domain::pricing::{self, Basket, Discount, Effect};

/// Reason for which a code has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no such code, or its discount has not begun, has ended or is not active.
    UnknownOrEnded,
    /// The code, or its discount, was used as often as it may be.
    UsedUp,
    /// The lines that it acts on cost too little, or are too few pieces.
    MinimumNotReached,
    /// It acts on no product of the cart.
    NotForTheseProducts,
    /// The customer lacks a tag.
    NotForThisCustomer,
    /// It has no amount or minimum in the currency of the cart.
    NotInCurrency,
    /// A discount that is not combinable is, or would be, applied beside another one.
    NotCombinable,
}

impl Reason {
    /// Whether the code can have an effect on no cart at all.
    pub fn is_final(self) -> bool {
        matches!(self, Self::UnknownOrEnded | Self::UsedUp)
    }
}

/// Products of a cart that limited discounts act on.
pub type Hits = HashSet<(DiscountId, ProductId)>;

/// The cart that discounts are chosen for.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Lines and shipping, without discounts.
    pub basket: &'a Basket,
    /// The product of each line of the basket.
    pub products: &'a [ProductId],
    pub hits: &'a Hits,
}

/// Discounts of a cart.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// In the order in which they are applied.
    pub applied: Vec<Applied>,
    /// In the order of the candidates.
    pub rejected: Vec<Rejection>,
}

/// A discount that is applied.
#[derive(Clone, Debug)]
pub struct Applied {
    pub id: DiscountId,
    pub name: String,
    /// The code, as the shopper entered it; `None` for an automatic discount.
    pub code: Option<String>,
    /// For the basket.
    pub discount: Discount,
}

/// A code that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// As the shopper entered it.
    pub code: String,
    pub reason: Reason,
}

/// A discount that may be applied, with what orders it.
struct Eligible<'a> {
    candidate: &'a Candidate,
    row: &'a discount::Model,
    discount: Discount,
    /// Total of the cart with this one alone.
    total: i64,
}

/// Chooses discounts: those with a higher priority first, then those that alone make the cart cheaper, then by id. One that
/// does not combine is applied only while none is, and none after it. One that takes nothing off, like free shipping before a
/// method is chosen, does not keep others away; if it is automatic, it is left out.
pub fn choose(situation: Situation<'_>, candidates: &[Candidate]) -> Choice {
    let mut choice = Choice::default();
    let mut eligible: Vec<Eligible<'_>> = Vec::new();
    for candidate in candidates {
        match effect(situation, candidate) {
            // A second code of one discount adds nothing.
            Ok((row, _)) if eligible.iter().any(|other| other.row.id == row.id) => {
                choice.reject(candidate, Reason::NotCombinable);
            }
            Ok((row, effect)) => {
                let discount = Discount { effect };
                let total = total(situation.basket, std::slice::from_ref(&discount));
                eligible.push(Eligible { candidate, row, discount, total });
            }
            Err(reason) => choice.reject(candidate, reason),
        }
    }
    eligible.sort_by_key(|one| (-one.row.priority, one.total, one.row.id));
    let mut discounts: Vec<Discount> = Vec::new();
    let (mut is_any, mut is_closed) = (false, false);
    for Eligible { candidate, row, discount, .. } in eligible {
        discounts.push(discount.clone());
        let off = taken_off(situation.basket, &discounts);
        let is_kept_away = is_closed || (is_any && !row.is_combinable && off > 0);
        if is_kept_away || (off == 0 && candidate.code.is_none()) {
            discounts.pop();
            choice.reject(candidate, Reason::NotCombinable);
            continue;
        }
        is_any |= off > 0;
        is_closed |= off > 0 && !row.is_combinable;
        choice.applied.push(Applied {
            id: row.id,
            name: row.name.clone(),
            code: candidate.code.clone(),
            discount,
        });
    }
    let place = |code: &String| candidates.iter().position(|candidate| candidate.code.as_ref() == Some(code));
    choice.rejected.sort_by_key(|rejection| place(&rejection.code));
    choice
}

impl Choice {
    /// Automatic discounts are left out silently.
    fn reject(&mut self, candidate: &Candidate, reason: Reason) {
        let rejection = candidate.code.clone().map(|code| Rejection { code, reason });
        self.rejected.extend(rejection);
    }
}

/// Effect of a candidate on the basket, or the reason for none.
fn effect<'a>(
    situation: Situation<'_>,
    candidate: &'a Candidate,
) -> Result<(&'a discount::Model, Effect), Reason> {
    let rule = candidate.rule.as_ref().map_err(|reason| *reason)?;
    let (row, Situation { basket, products, hits }) = (&rule.discount, situation);
    let acts_on = |(_, product): &(usize, &ProductId)| !row.is_limited || hits.contains(&(row.id, **product));
    let lines: Vec<usize> = products.iter().enumerate().filter(acts_on).map(|(index, _)| index).collect();
    let needs_amount = matches!(row.kind, Kind::Amount | Kind::FixedPrice);
    if (needs_amount && rule.amount.is_none()) || (rule.has_minima && rule.minimum.is_none()) {
        return Err(Reason::NotInCurrency);
    }
    if lines.is_empty() {
        return Err(Reason::NotForTheseProducts);
    }
    let pieces: i64 = lines.iter().map(|index| i64::from(basket.lines[*index].quantity)).sum();
    let price = |index: &usize| {
        let line = &basket.lines[*index];
        i128::from(line.unit_price) * i128::from(line.quantity)
    };
    let subtotal: i128 = lines.iter().map(price).sum();
    let is_enough = row.minimum_quantity.is_none_or(|minimum| pieces >= minimum.into())
        && rule.minimum.is_none_or(|minimum| subtotal >= minimum.into());
    if !is_enough {
        return Err(Reason::MinimumNotReached);
    }
    let amount = rule.amount.unwrap_or_default();
    let effect = match row.kind {
        Kind::Percentage => Effect::Percentage { ppm: row.ppm.unwrap_or_default().unsigned_abs(), lines },
        Kind::Amount => Effect::Amount { amount, lines },
        Kind::FixedPrice => Effect::FixedPrice { amount, lines },
        Kind::FreeShipping => Effect::FreeShipping,
    };
    Ok((row, effect))
}

/// Total of the basket with these discounts; the most there is if an amount is too large.
fn total(basket: &Basket, discounts: &[Discount]) -> i64 {
    let basket = Basket { discounts: discounts.to_vec(), ..basket.clone() };
    pricing::totals(&basket).map_or(i64::MAX, |totals| totals.total.total)
}

/// Amount that the last of these discounts takes off the basket.
fn taken_off(basket: &Basket, discounts: &[Discount]) -> i64 {
    let basket = Basket { discounts: discounts.to_vec(), ..basket.clone() };
    let totals = pricing::totals(&basket).ok();
    totals.and_then(|totals| totals.total.discounts.last().copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
