//! The rules computed once more, with exact fractions that are rounded at the end.

use std::collections::BTreeMap;

use bodega::domain::pricing::{
    Amounts, Basis, Basket, Effect, Rounding, ShippingTax, Taxation, Totals, totals,
};
use num_rational::Ratio;
use proptest::prelude::*;
use uuid::Uuid;

use super::{baskets, cases};

type Exact = Ratio<i128>;

/// An amount that is taxed in one way, and its tax.
struct Unit {
    id: Uuid,
    left: i64,
    tax: Taxation,
    deducted: i64,
    /// Amount of each rate.
    taxes: Vec<i64>,
}

proptest! {
    #![proptest_config(cases())]

    /// Each rounded figure is within half a unit of the exact one, and half a unit is rounded up.
    #[test]
    fn totals_are_the_exact_figures_rounded(basket in baskets()) {
        let room = totals(&basket).unwrap();
        let (lines, shipping) = after_discounts(&basket, &room)?;
        let mut units: Vec<Unit> = basket
            .lines
            .iter()
            .zip(&lines)
            .map(|(line, left)| Unit::new(line.id, *left, &line.tax))
            .collect();
        units.extend(shipping_units(&basket, &lines, shipping));
        tax(&mut units, basket.rounding);
        let goods = room.lines.len();
        for (amounts, unit) in room.lines.iter().zip(units.chunks(1)) {
            compare(amounts, unit)?;
        }
        if let Some(amounts) = &room.shipping {
            compare(amounts, &units[goods..])?;
        }
    }
}

/// The nearest whole number; of two, the larger one.
fn nearest(exact: Exact) -> i64 {
    let half = Exact::new(1, 2);
    let rounded = (exact + half).floor();
    assert!(exact - half < rounded && rounded <= exact + half);
    rounded.to_integer().try_into().unwrap()
}

fn part(amount: i64, numerator: i64, denominator: i64) -> Exact {
    Exact::new(i128::from(amount) * i128::from(numerator), denominator.into())
}

/// Largest remainder: whole units first, then one unit at a time to the part that lacks most; of equal ones to the smaller
/// id.
fn spread(amount: i64, weights: &[(Uuid, i64)]) -> Vec<i64> {
    let sum: i64 = weights.iter().map(|weight| weight.1).sum();
    if sum == 0 {
        assert_eq!(amount, 0);
        return vec![0; weights.len()];
    }
    let exact: Vec<Exact> = weights.iter().map(|weight| part(amount, weight.1, sum)).collect();
    let mut parts: Vec<i128> = exact.iter().map(|exact| exact.floor().to_integer()).collect();
    while parts.iter().sum::<i128>() < amount.into() {
        let lacks = |at: usize| (exact[at] - parts[at], std::cmp::Reverse(weights[at].0));
        let most = (0..parts.len()).max_by_key(|at| lacks(*at)).unwrap();
        parts[most] += 1;
    }
    parts.into_iter().map(|part| part.try_into().unwrap()).collect()
}

/// What is left of lines and shipping, after comparing the share of each discount.
fn after_discounts(basket: &Basket, room: &Totals) -> Result<(Vec<i64>, i64), TestCaseError> {
    let mut left: Vec<i64> =
        basket.lines.iter().map(|line| line.unit_price * i64::from(line.quantity)).collect();
    let mut shipping = basket.shipping.as_ref().map_or(0, |shipping| shipping.price);
    for (place, discount) in basket.discounts.iter().enumerate() {
        let mut off = vec![0; left.len()];
        let mut off_shipping = 0;
        let mut take = |amount: i64, lines: &[usize]| {
            let weights: Vec<_> = lines.iter().map(|at| (basket.lines[*at].id, left[*at])).collect();
            for (at, share) in lines.iter().zip(spread(amount, &weights)) {
                off[*at] = share;
            }
        };
        let sum = |lines: &[usize]| lines.iter().map(|at| left[*at]).sum::<i64>();
        match &discount.effect {
            Effect::Percentage { ppm, lines } => {
                take(nearest(part(sum(lines), i64::from(*ppm), 1_000_000)), lines);
            }
            Effect::Amount { amount, lines } => take(sum(lines).min(*amount), lines),
            Effect::FixedPrice { amount, lines } => {
                for at in lines {
                    let most = amount * i64::from(basket.lines[*at].quantity);
                    off[*at] = if left[*at] > most { left[*at] - most } else { 0 };
                }
            }
            Effect::FreeShipping => off_shipping = shipping,
        }
        for (at, off) in off.into_iter().enumerate() {
            prop_assert_eq!(room.lines[at].discounts[place], off);
            left[at] -= off;
        }
        shipping -= off_shipping;
        if let Some(amounts) = &room.shipping {
            prop_assert_eq!(amounts.discounts[place], off_shipping);
        }
    }
    Ok((left, shipping))
}

/// Shipping, or its parts that are taxed like the goods.
fn shipping_units(basket: &Basket, lines: &[i64], left: i64) -> Vec<Unit> {
    let Some(shipping) = &basket.shipping else { return Vec::new() };
    if let ShippingTax::Own(tax) = &shipping.tax {
        return vec![Unit::new(Uuid::max(), left, tax)];
    }
    // By the smallest id of the lines that are taxed in one way: amount, pieces.
    let first = |tax: &Taxation| {
        basket.lines.iter().filter(|line| line.tax == *tax).map(|line| line.id).min().unwrap()
    };
    let mut ways: BTreeMap<Uuid, (&Taxation, i64, u32)> = BTreeMap::new();
    for (line, left) in basket.lines.iter().zip(lines) {
        let way = ways.entry(first(&line.tax)).or_insert((&line.tax, 0, 0));
        (way.1, way.2) = (way.1 + left, way.2 + line.quantity);
    }
    if lines.iter().all(|left| *left == 0) {
        let Some(most) = ways.values().map(|way| way.2).max() else {
            return vec![Unit::new(Uuid::max(), left, &super::taxation(Basis::Net, &[]))];
        };
        let first = ways.iter().find(|way| way.1.2 == most).map(|way| *way.0);
        ways.iter_mut().for_each(|(id, way)| way.1 = i64::from(Some(*id) == first));
    }
    let weights: Vec<_> = ways.iter().map(|(id, way)| (*id, way.1)).collect();
    let parts = spread(left, &weights);
    ways.values().zip(parts).map(|(way, part)| Unit::new(Uuid::max(), part, way.0)).collect()
}

impl Unit {
    fn new(id: Uuid, left: i64, tax: &Taxation) -> Self {
        Self { id, left, tax: tax.clone(), deducted: 0, taxes: Vec::new() }
    }
}

/// Computes the tax of each unit by itself, or of all units that are taxed in one way together.
fn tax(units: &mut [Unit], rounding: Rounding) {
    let mut ways: Vec<Vec<&mut Unit>> = Vec::new();
    for unit in units {
        let way = ways.iter_mut().find(|way| rounding == Rounding::PerRate && way[0].tax == unit.tax);
        match way {
            Some(way) => way.push(unit),
            None => ways.push(vec![unit]),
        }
    }
    for way in &mut ways {
        tax_together(way);
    }
}

fn tax_together(units: &mut [&mut Unit]) {
    let Taxation { basis, rates } = units[0].tax.clone();
    let sum = |units: &[&mut Unit]| units.iter().map(|unit| unit.left).sum::<i64>();
    let take = |units: &mut [&mut Unit], amount: i64| -> Vec<i64> {
        spread(amount, &units.iter().map(|unit| (unit.id, unit.left)).collect::<Vec<_>>())
    };
    if let Basis::GrossOf { ppm } = basis {
        let amount = sum(units);
        let deducted = amount - nearest(part(amount, 1_000_000, 1_000_000 + i64::from(ppm)));
        let parts = take(units, deducted);
        for (unit, part) in units.iter_mut().zip(parts) {
            (unit.deducted, unit.left) = (part, unit.left - part);
        }
    }
    let all: i64 = rates.iter().map(|rate| i64::from(rate.ppm)).sum();
    let (amount, gross) = (sum(units), basis == Basis::Gross);
    for rate in &rates {
        let whole = 1_000_000 + if gross { all } else { 0 };
        let parts = take(units, nearest(part(amount, rate.ppm.into(), whole)));
        for (unit, part) in units.iter_mut().zip(parts) {
            unit.taxes.push(part);
            unit.left -= if gross { part } else { 0 };
        }
    }
}

fn compare(amounts: &Amounts, units: &[Unit]) -> Result<(), TestCaseError> {
    prop_assert_eq!(amounts.tax_deducted, units.iter().map(|unit| unit.deducted).sum::<i64>());
    let mut taxes: BTreeMap<u32, (u32, i64, i64)> = BTreeMap::new();
    for unit in units {
        for (rate, amount) in unit.tax.rates.iter().zip(&unit.taxes) {
            let tax = taxes.entry(rate.key).or_insert((rate.ppm, 0, 0));
            (tax.1, tax.2) = (tax.1 + unit.left, tax.2 + amount);
        }
    }
    let room = amounts.taxes.iter().map(|tax| (tax.key, (tax.ppm, tax.net, tax.amount)));
    prop_assert_eq!(room.collect::<Vec<_>>(), taxes.into_iter().collect::<Vec<_>>());
    Ok(())
}
