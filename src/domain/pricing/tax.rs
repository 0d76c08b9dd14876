//! Tax of amounts that are taxed alike.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Basis, PPM, Rate, Rounding, Taxation, round, spread};

/// An amount after discounts, as the price was entered, that is taxed in one way: a line, or a part of shipping.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub id: Uuid,
    pub amount: i64,
    pub tax: Taxation,
}

/// Tax of a [`Member`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taxed {
    /// Tax of the shop's own place that is taken off.
    pub deducted: i64,
    /// Amount without tax.
    pub net: i64,
    /// For each rate.
    pub taxes: Vec<(Rate, i64)>,
}

/// The tax of each member.
pub(super) fn taxed(members: &[Member], rounding: Rounding) -> Vec<Taxed> {
    if rounding == Rounding::PerLine {
        return members.iter().map(|member| tax(member.amount, &member.tax)).collect();
    }
    let mut groups: HashMap<&Taxation, Vec<usize>> = HashMap::new();
    for (index, member) in members.iter().enumerate() {
        groups.entry(&member.tax).or_default().push(index);
    }
    let mut taxed = vec![Taxed { deducted: 0, net: 0, taxes: Vec::new() }; members.len()];
    for (taxation, group) in groups {
        let amounts: Vec<_> =
            group.iter().map(|index| (members[*index].id, members[*index].amount)).collect();
        let all = tax(amounts.iter().map(|(_, amount)| amount).sum(), taxation);
        for (index, share) in group.into_iter().zip(shares(&all, taxation.basis, &amounts)) {
            taxed[index] = share;
        }
    }
    taxed
}

/// The tax of one amount.
fn tax(amount: i64, taxation: &Taxation) -> Taxed {
    let each = |net: i64, whole: i64| -> Vec<_> {
        taxation.rates.iter().map(|rate| (*rate, round(net, rate.ppm.into(), whole))).collect()
    };
    let deducted = match taxation.basis {
        Basis::Net => 0,
        Basis::GrossOf { ppm } => amount - round(amount, PPM, PPM + i64::from(ppm)),
        Basis::Gross => {
            let rates: i64 = taxation.rates.iter().map(|rate| i64::from(rate.ppm)).sum();
            let mut taxes = each(amount, PPM + rates);
            // Of tiny amounts the rounded taxes could be more than there is.
            let mut left = amount;
            for (_, tax) in &mut taxes {
                *tax = (*tax).min(left);
                left -= *tax;
            }
            return Taxed { deducted: 0, net: left, taxes };
        }
    };
    let net = amount - deducted;
    Taxed { deducted, net, taxes: each(net, PPM) }
}

/// Spreads the tax of a group over its members. Each figure is spread over what the former ones left of the amounts, so that
/// no member is taxed above its amount.
fn shares(all: &Taxed, basis: Basis, amounts: &[(Uuid, i64)]) -> Vec<Taxed> {
    let mut left = amounts.to_vec();
    let mut take = |amount: i64, left: &mut Vec<(Uuid, i64)>| {
        let parts = spread(amount, left);
        for (left, part) in left.iter_mut().zip(&parts) {
            left.1 -= part;
        }
        parts
    };
    let deducted = take(all.deducted, &mut left);
    let net = left.clone();
    let taxes: Vec<_> = all
        .taxes
        .iter()
        .map(|(rate, tax)| match basis {
            Basis::Gross => (*rate, take(*tax, &mut left)),
            Basis::Net | Basis::GrossOf { .. } => (*rate, spread(*tax, &net)),
        })
        .collect();
    (0..amounts.len())
        .map(|index| Taxed {
            deducted: deducted[index],
            net: left[index].1,
            taxes: taxes.iter().map(|(rate, parts)| (*rate, parts[index])).collect(),
        })
        .collect()
}
