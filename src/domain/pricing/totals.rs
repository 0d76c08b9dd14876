//! All amounts of a basket.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    Basis, Basket, MAX_AMOUNT, Rate, ShippingTax, Taxation,
    discount::discounted,
    spread,
    tax::{Member, Taxed, taxed},
};

/// An amount is above [`MAX_AMOUNT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is above 10^13 minor units")]
pub struct TooLarge;

/// Amounts of a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Of each line, in the order of the basket.
    pub lines: Vec<Amounts>,
    pub shipping: Option<Amounts>,
    /// Of all lines and shipping together.
    pub total: Amounts,
}

/// Amounts of a line, of shipping, or of all together. `total = subtotal - discount - tax_deducted + tax_added`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Price before discounts, as it was entered.
    pub subtotal: i64,
    /// What discounts took off.
    pub discount: i64,
    /// The share of each discount of the basket.
    pub discounts: Vec<i64>,
    /// Tax of the shop's own place that was taken off.
    pub tax_deducted: i64,
    /// Tax that was added.
    pub tax_added: i64,
    /// All tax in `total`, added or contained.
    pub tax: i64,
    /// The tax by rate, by key.
    pub taxes: Vec<TaxTotal>,
    pub total: i64,
}

/// Tax of one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxTotal {
    /// Key of the [`Rate`].
    pub key: u32,
    pub ppm: u32,
    /// Amount that was taxed.
    pub net: i64,
    pub amount: i64,
}

/// Computes all amounts of a basket.
pub fn totals(basket: &Basket) -> Result<Totals, TooLarge> {
    let price = |line: &super::Line| bounded(i128::from(line.unit_price) * i128::from(line.quantity));
    let subtotals = basket.lines.iter().map(price).collect::<Result<Vec<_>, _>>()?;
    let shipping = basket.shipping.as_ref().map_or(0, |shipping| shipping.price);
    bounded(subtotals.iter().chain([&shipping]).map(|amount| i128::from(*amount)).sum())?;

    let left = discounted(basket, subtotals.clone(), shipping);
    let mut members: Vec<_> =
        basket.lines.iter().zip(&left.lines).map(|(line, amount)| line.member(*amount)).collect();
    let goods = members.len();
    members.extend(shipping_members(basket, &members, left.shipping));
    let taxes = taxed(&members, basket.rounding);

    let of_line = |(index, off): (usize, Vec<i64>)| {
        Amounts::of(subtotals[index], off, &members[index..=index], &taxes[index..=index])
    };
    let lines: Vec<_> = left.off_lines.into_iter().enumerate().map(of_line).collect();
    let of_shipping = || Amounts::of(shipping, left.off_shipping, &members[goods..], &taxes[goods..]);
    let shipping = basket.shipping.as_ref().map(|_| of_shipping());
    let total = Amounts::sum(lines.iter().chain(&shipping), basket.discounts.len());
    bounded(total.total.into())?;
    Ok(Totals { lines, shipping, total })
}

fn bounded(amount: i128) -> Result<i64, TooLarge> {
    i64::try_from(amount).ok().filter(|amount| (0..=MAX_AMOUNT).contains(amount)).ok_or(TooLarge)
}

/// The parts of shipping that are taxed in different ways.
fn shipping_members(basket: &Basket, goods: &[Member], amount: i64) -> Vec<Member> {
    let member = |tax: Taxation, amount| Member { id: Uuid::max(), amount, tax };
    let tax = match &basket.shipping {
        None => return Vec::new(),
        Some(shipping) => &shipping.tax,
    };
    if let ShippingTax::Own(tax) = tax {
        return vec![member(tax.clone(), amount)];
    }
    // Ways in which the goods are taxed, in the order of their smallest ids: amount and number of pieces of each.
    let mut order: Vec<usize> = (0..goods.len()).collect();
    order.sort_by_key(|index| goods[*index].id);
    let mut ways: Vec<(&Taxation, Uuid, i64, i64)> = Vec::new();
    for index in order {
        let (good, pieces) = (&goods[index], i64::from(basket.lines[index].quantity));
        match ways.iter_mut().find(|way| *way.0 == good.tax) {
            Some(way) => (way.2, way.3) = (way.2 + good.amount, way.3 + pieces),
            None => ways.push((&good.tax, good.id, good.amount, pieces)),
        }
    }
    if ways.is_empty() {
        return vec![member(Taxation { basis: Basis::Net, rates: Vec::new() }, amount)];
    }
    let weights: Vec<_> = match ways.iter().all(|way| way.2 == 0) {
        true => {
            // Goods that cost nothing: the way of most pieces.
            let most = ways.iter().map(|way| way.3).max();
            let first = ways.iter().position(|way| Some(way.3) == most);
            (0..ways.len()).map(|at| (ways[at].1, i64::from(Some(at) == first))).collect()
        }
        false => ways.iter().map(|way| (way.1, way.2)).collect(),
    };
    ways.iter().zip(spread(amount, &weights)).map(|(way, amount)| member(way.0.clone(), amount)).collect()
}

impl super::Line {
    fn member(&self, amount: i64) -> Member {
        Member { id: self.id, amount, tax: self.tax.clone() }
    }
}

impl Amounts {
    fn of(subtotal: i64, discounts: Vec<i64>, members: &[Member], taxed: &[Taxed]) -> Self {
        let discount = discounts.iter().sum();
        let mut amounts = Self { subtotal, discount, discounts, ..Self::default() };
        let mut taxes = BTreeMap::new();
        for (member, taxed) in members.iter().zip(taxed) {
            amounts.tax_deducted += taxed.deducted;
            for (Rate { key, ppm }, amount) in &taxed.taxes {
                amounts.tax += amount;
                if member.tax.basis != Basis::Gross {
                    amounts.tax_added += amount;
                }
                add(&mut taxes, TaxTotal { key: *key, ppm: *ppm, net: taxed.net, amount: *amount });
            }
        }
        amounts.taxes = taxes.into_values().collect();
        amounts.total = subtotal - discount - amounts.tax_deducted + amounts.tax_added;
        amounts
    }

    fn sum<'a>(all: impl Iterator<Item = &'a Self>, discounts: usize) -> Self {
        let mut sum = Self { discounts: vec![0; discounts], ..Self::default() };
        let mut taxes = BTreeMap::new();
        for one in all {
            sum.subtotal += one.subtotal;
            sum.discount += one.discount;
            sum.tax_deducted += one.tax_deducted;
            sum.tax_added += one.tax_added;
            sum.tax += one.tax;
            sum.total += one.total;
            sum.discounts.iter_mut().zip(&one.discounts).for_each(|(sum, share)| *sum += share);
            one.taxes.iter().for_each(|tax| add(&mut taxes, *tax));
        }
        sum.taxes = taxes.into_values().collect();
        sum
    }
}

fn add(taxes: &mut BTreeMap<u32, TaxTotal>, tax: TaxTotal) {
    let sum = taxes.entry(tax.key).or_insert(TaxTotal { net: 0, amount: 0, ..tax });
    sum.net += tax.net;
    sum.amount += tax.amount;
}
