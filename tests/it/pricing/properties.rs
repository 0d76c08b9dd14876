//! Properties of totals, of spreading and of shares for any basket.

use bodega::domain::pricing::{
    Amounts, Basis, Basket, Discount, Effect, MAX_AMOUNT, Rounding, Shipping, ShippingTax, TaxTotal,
    Taxation, TooLarge, Totals, share_of_pieces, spread, totals,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use uuid::Uuid;

use super::{baskets, cases, drawn_discount, line, places, rounding, taxation};

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn totals_add_up_and_nothing_is_negative(basket in baskets()) {
        let Totals { lines, shipping, total } = totals(&basket).unwrap();
        prop_assert_eq!(lines.len(), basket.lines.len());
        prop_assert_eq!(shipping.is_some(), basket.shipping.is_some());
        for (amounts, line) in lines.iter().zip(&basket.lines) {
            prop_assert_eq!(amounts.subtotal, line.unit_price * i64::from(line.quantity));
            consistent(amounts)?;
            of_one_way(amounts, &line.tax)?;
        }
        if let (Some(amounts), Some(entered)) = (&shipping, &basket.shipping) {
            prop_assert_eq!(amounts.subtotal, entered.price);
            consistent(amounts)?;
            if let ShippingTax::Own(tax) = &entered.tax {
                of_one_way(amounts, tax)?;
            }
        }
        consistent(&total)?;
        prop_assert_eq!(&total, &sum(lines.iter().chain(&shipping), basket.discounts.len()));
    }

    #[test]
    fn permuted_lines_get_the_same_amounts(
        (basket, order) in baskets().prop_flat_map(|basket| {
            let order: Vec<usize> = (0..basket.lines.len()).collect();
            (Just(basket), Just(order).prop_shuffle())
        }),
    ) {
        let mut permuted = basket.clone();
        permuted.lines = order.iter().map(|at| basket.lines[*at].clone()).collect();
        for lines in permuted.discounts.iter_mut().filter_map(|discount| places(&mut discount.effect)) {
            *lines = (0..order.len()).filter(|at| lines.contains(&order[*at])).collect();
        }
        let (before, after) = (totals(&basket).unwrap(), totals(&permuted).unwrap());
        let expected: Vec<_> = order.iter().map(|at| before.lines[*at].clone()).collect();
        prop_assert_eq!(after.lines, expected);
        prop_assert_eq!(after.shipping, before.shipping);
        prop_assert_eq!(after.total, before.total);
    }

    /// Without discounts: per rate, nothing changes. Per line, each figure changes only by its own rounding.
    #[test]
    fn splitting_a_line_changes_at_most_the_rounding(
        mut basket in baskets(), at in any::<Index>(), pieces in any::<Index>(), ids in any::<[u128; 2]>(),
    ) {
        basket.discounts.clear();
        let Some((at, split)) = split(&basket, at, pieces, ids) else { return Ok(()) };
        let (one, two) = (totals(&basket).unwrap(), totals(&split).unwrap());
        if basket.rounding == Rounding::PerRate {
            prop_assert_eq!(&one.total, &two.total);
            return Ok(());
        }
        let parts = sum([&two.lines[at], &two.lines[split.lines.len() - 1]], 0);
        only_rounded_otherwise(&one.lines[at], &parts, &basket.lines[at].tax, 3)?;
        // At most one unit for each rate on top, and none where prices contain the tax. Where another tax is taken off first,
        // the rates act on a net that differs by a unit.
        let rates = i64::try_from(basket.lines[at].tax.rates.len()).unwrap();
        let change = (one.total.total - two.total.total).abs();
        prop_assert_eq!(change, (one.lines[at].total - parts.total).abs());
        match basket.lines[at].tax.basis {
            Basis::Gross => prop_assert_eq!(change, 0),
            Basis::Net => prop_assert!(change <= rates),
            Basis::GrossOf { .. } => prop_assert!(2 * change <= 4 + 3 * rates),
        }
    }

    /// With one discount that is spread, it takes off the same in all, and each line's share changes by at most a unit per
    /// part.
    #[test]
    fn splitting_a_line_moves_at_most_a_unit_per_part(
        mut basket in baskets(), drawn in drawn_discount(),
        at in any::<Index>(), pieces in any::<Index>(), ids in any::<[u128; 2]>(),
    ) {
        basket.discounts = vec![drawn.on_some_of(basket.lines.len())];
        let Some((at, split)) = split(&basket, at, pieces, ids) else { return Ok(()) };
        let (one, two) = (totals(&basket).unwrap(), totals(&split).unwrap());
        prop_assert_eq!(&one.total.discounts, &two.total.discounts);
        prop_assert_eq!(one.total.subtotal, two.total.subtotal);
        for other in 0..basket.lines.len() {
            let (before, after) = (&one.lines[other], &two.lines[other]);
            if other == at {
                let parts = after.discount + two.lines[split.lines.len() - 1].discount;
                prop_assert!((before.discount - parts).abs() <= 2);
                continue;
            }
            prop_assert!((before.discount - after.discount).abs() <= 1);
            if basket.rounding == Rounding::PerLine {
                only_rounded_otherwise(before, after, &basket.lines[other].tax, 2)?;
            }
        }
    }

    #[test]
    fn totals_refuse_amounts_above_the_limit_and_never_overflow(
        prices in vec((1..=9_999_u32, prop_oneof![0..=i64::MAX, 0..2 * MAX_AMOUNT, 0..MAX_AMOUNT / 9_999]), 0..4),
        postage in prop_oneof![0..=i64::MAX, 0..MAX_AMOUNT],
        effects in vec((0..4_u8, 0..=1_000_000_u32, 0..=i64::MAX), 0..3),
        rounding in rounding(),
        basis in prop_oneof![
            Just(Basis::Net), Just(Basis::Gross), Just(Basis::GrossOf { ppm: 1_000_000 }),
        ],
    ) {
        let way = taxation(basis, &[(0, 999_999), (1, 1)]);
        let subtotal = prices.iter().fold(i128::from(postage), |sum, (quantity, price)| {
            sum + i128::from(*quantity) * i128::from(*price)
        });
        let lines: Vec<_> =
            (0..).zip(&prices).map(|(id, (quantity, price))| line(id, *quantity, *price, &way)).collect();
        let discounts = effects
            .into_iter()
            .map(|(kind, ppm, amount)| super::DrawnDiscount { kind, ppm, amount, mask: u8::MAX })
            .map(|drawn| drawn.on_some_of(lines.len()))
            .collect();
        let shipping = Shipping { price: postage, tax: ShippingTax::Own(way) };
        let result = totals(&Basket { lines, shipping: Some(shipping), discounts, rounding });
        let limit = i128::from(MAX_AMOUNT);
        match result {
            Ok(totals) => {
                prop_assert!(subtotal <= limit && totals.total.total <= MAX_AMOUNT);
                consistent(&totals.total)?;
            }
            // Tax on top at most doubles an amount.
            Err(TooLarge) => {
                prop_assert!(subtotal > limit || (basis != Basis::Gross && 2 * subtotal > limit));
            }
        }
    }

    #[test]
    fn spread_adds_up_and_stays_within_a_unit(
        amount in prop_oneof![0..50_i64, 0..=MAX_AMOUNT, 0..=i64::MAX],
        drawn in vec((any::<u128>(), prop_oneof![3 => 0..5_i64, 2 => 0..=MAX_AMOUNT, 1 => Just(i64::MAX)]), 1..8),
    ) {
        let weights: Vec<_> = drawn.iter().map(|(id, weight)| (Uuid::from_u128(*id), *weight)).collect();
        let parts = spread(amount, &weights);
        prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(amount));
        let sum: i128 = weights.iter().map(|weight| i128::from(weight.1)).sum();
        let count = weights.len() as i128;
        for (part, (_, weight)) in parts.iter().zip(&weights) {
            prop_assert!(*part >= 0);
            let (weight, sum) = if sum == 0 { (1, count) } else { (i128::from(*weight), sum) };
            // |part - amount * weight / sum| < 1
            let floor = i128::from(amount) * weight / sum;
            let exact = i128::from(amount) * weight % sum == 0;
            let part = i128::from(*part);
            prop_assert!(part == floor || (part == floor + 1 && !exact));
        }
        for (one, a) in parts.iter().zip(&weights) {
            for (other, b) in parts.iter().zip(&weights) {
                // Equal weights: the smaller id gets the unit.
                prop_assert!(a.1 != b.1 || a.0 >= b.0 || one >= other);
            }
        }
    }

    #[test]
    fn shares_of_pieces_add_up_for_any_division(
        amount in prop_oneof![0..100_i64, 0..=MAX_AMOUNT, Just(i64::MAX)],
        quantity in 1..=9_999_u32,
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let mut cuts: Vec<u32> = cuts.iter().map(|cut| cut.index(quantity as usize + 1) as u32).collect();
        cuts.extend([0, quantity]);
        cuts.sort_unstable();
        let mut sum = 0;
        for cut in cuts.windows(2) {
            let share = share_of_pieces(amount, quantity, cut[0], cut[1]);
            prop_assert!(share >= 0);
            sum += share;
            // |share - amount * pieces / quantity| < 1
            let exact = i128::from(amount) * i128::from(cut[1] - cut[0]);
            prop_assert!((i128::from(share) * i128::from(quantity) - exact).abs() < i128::from(quantity));
        }
        prop_assert_eq!(sum, amount);
    }
}

#[test]
fn totals_refuse_from_the_first_unit_above_the_limit() {
    let basket = |basis, quantity, price| Basket {
        lines: vec![line(1, quantity, price, &taxation(basis, &[(0, 100_000)]))],
        ..Basket::default()
    };
    let total = |basket| totals(&basket).map(|totals| totals.total.total);
    assert_eq!(total(basket(Basis::Gross, 1, 10_000_000_000_000)), Ok(10_000_000_000_000));
    assert_eq!(total(basket(Basis::Gross, 1, 10_000_000_000_001)), Err(TooLarge));
    // 9,090,909,090,909 + 909,090,909,091 of tax; one more, and the total is above.
    assert_eq!(total(basket(Basis::Net, 1, 9_090_909_090_909)), Ok(10_000_000_000_000));
    assert_eq!(total(basket(Basis::Net, 1, 9_090_909_090_910)), Err(TooLarge));
    assert_eq!(total(basket(Basis::Gross, 9_999, i64::MAX)), Err(TooLarge));
    assert_eq!(total(basket(Basis::Gross, 1, -1)), Err(TooLarge));
}

#[test]
fn basket_without_lines_has_shipping_without_tax() {
    let discounts = vec![Discount { effect: Effect::Percentage { ppm: 500_000, lines: Vec::new() } }];
    let like_goods = Shipping { price: 499, tax: ShippingTax::LikeGoods };
    for rounding in [Rounding::PerLine, Rounding::PerRate] {
        let basket = Basket {
            shipping: Some(like_goods.clone()),
            discounts: discounts.clone(),
            rounding,
            ..Basket::default()
        };
        let Totals { lines, shipping, total } = totals(&basket).unwrap();
        let expected = Amounts { subtotal: 499, discounts: vec![0], total: 499, ..Amounts::default() };
        assert_eq!((lines, shipping, total), (Vec::new(), Some(expected.clone()), expected));
    }
    let nothing = totals(&Basket::default()).unwrap();
    assert_eq!((nothing.lines, nothing.shipping, nothing.total), (Vec::new(), None, Amounts::default()));
}

#[test]
fn spread_without_weights_counts_parts_alike() {
    let of = |ids: [u128; 3]| ids.map(|id| (Uuid::from_u128(id), 0));
    assert_eq!(spread(8, &of([2, 3, 1])), [3, 2, 3]);
    assert_eq!(spread(0, &of([2, 3, 1])), [0, 0, 0]);
    assert!(spread(8, &[]).is_empty());
}

#[test]
fn share_of_pieces_beyond_the_line_is_nothing() {
    assert_eq!(share_of_pieces(100, 3, 0, 1), 33);
    assert_eq!(share_of_pieces(100, 3, 1, 2), 33);
    assert_eq!(share_of_pieces(100, 3, 2, 3), 34);
    assert_eq!(share_of_pieces(100, 3, 2, 9), 34);
    assert_eq!(share_of_pieces(100, 3, 3, 9), 0);
    assert_eq!(share_of_pieces(100, 3, 2, 1), 0);
}

/// Figures of one object agree with each other.
fn consistent(amounts: &Amounts) -> Result<(), TestCaseError> {
    let Amounts { subtotal, discount, tax_deducted, tax_added, tax, total, .. } = *amounts;
    let figures = [subtotal, discount, tax_deducted, tax_added, tax, total, total - tax];
    let parts = amounts.taxes.iter().flat_map(|tax| [tax.net, tax.amount]);
    prop_assert!(figures.into_iter().chain(parts).chain(amounts.discounts.clone()).all(|figure| figure >= 0));
    prop_assert_eq!(total, subtotal - discount - tax_deducted + tax_added);
    prop_assert_eq!(discount, amounts.discounts.iter().sum::<i64>());
    prop_assert_eq!(tax, amounts.taxes.iter().map(|tax| tax.amount).sum::<i64>());
    prop_assert!(discount + tax_deducted <= subtotal && tax_added <= tax);
    prop_assert!(amounts.taxes.is_sorted_by(|a, b| a.key < b.key));
    Ok(())
}

/// Figures of an amount that is taxed in one way.
fn of_one_way(amounts: &Amounts, way: &Taxation) -> Result<(), TestCaseError> {
    prop_assert_eq!(amounts.taxes.len(), way.rates.len());
    prop_assert!(amounts.taxes.iter().all(|tax| tax.net == amounts.total - amounts.tax));
    let (added, deducted) = (amounts.tax_added, amounts.tax_deducted);
    match way.basis {
        Basis::Net => prop_assert_eq!((added, deducted), (amounts.tax, 0)),
        Basis::Gross => prop_assert_eq!((added, deducted), (0, 0)),
        Basis::GrossOf { .. } => prop_assert_eq!(added, amounts.tax),
    }
    Ok(())
}

fn sum<'a>(all: impl IntoIterator<Item = &'a Amounts>, discounts: usize) -> Amounts {
    let mut sum = Amounts { discounts: vec![0; discounts], ..Amounts::default() };
    for one in all {
        sum.subtotal += one.subtotal;
        sum.discount += one.discount;
        sum.tax_deducted += one.tax_deducted;
        sum.tax_added += one.tax_added;
        sum.tax += one.tax;
        sum.total += one.total;
        sum.discounts.iter_mut().zip(&one.discounts).for_each(|(sum, share)| *sum += share);
        for tax in &one.taxes {
            match sum.taxes.iter_mut().find(|sum| sum.key == tax.key) {
                Some(sum) => {
                    *sum = TaxTotal { net: sum.net + tax.net, amount: sum.amount + tax.amount, ..*tax }
                }
                None => sum.taxes.push(*tax),
            }
        }
    }
    sum.taxes.sort_by_key(|tax| tax.key);
    sum
}

/// The basket with some pieces of a line on a new last line. Both have new ids; where the smallest id decides how shipping
/// is taxed, the first one keeps its id and the second one has a larger one, as when a line is added.
fn split(basket: &Basket, at: Index, pieces: Index, ids: [u128; 2]) -> Option<(usize, Basket)> {
    let at = at.index(basket.lines.len());
    let mut split = basket.clone();
    let first = &mut split.lines[at];
    let pieces = u32::try_from(pieces.index(first.quantity as usize)).unwrap();
    if pieces == 0 {
        return None;
    }
    let mut second = first.clone();
    first.quantity -= pieces;
    second.quantity = pieces;
    let like_goods =
        basket.shipping.as_ref().is_some_and(|shipping| matches!(shipping.tax, ShippingTax::LikeGoods));
    let [low, high] = ids.map(Uuid::from_u128);
    if like_goods {
        second.id = high.max(first.id);
    } else {
        (first.id, second.id) = (low, high);
    }
    split.lines.push(second);
    let last = split.lines.len() - 1;
    for lines in split.discounts.iter_mut().filter_map(|discount| places(&mut discount.effect)) {
        if lines.contains(&at) {
            lines.push(last);
        }
    }
    Some((at, split))
}

/// Net and tax differ by no more than so many roundings of half a unit, apart from what follows from other amounts.
fn only_rounded_otherwise(
    one: &Amounts,
    two: &Amounts,
    way: &Taxation,
    roundings: i128,
) -> Result<(), TestCaseError> {
    let near = |difference: i64, numerator: i64, of: i64, denominator: i64| {
        let [difference, numerator, of, denominator] =
            [difference, numerator, of, denominator].map(i128::from);
        2 * (difference * denominator - numerator * of).abs() <= roundings * denominator
    };
    let all: i64 = way.rates.iter().map(|rate| i64::from(rate.ppm)).sum();
    let left = |amounts: &Amounts| amounts.subtotal - amounts.discount;
    let net = |amounts: &Amounts| amounts.total - amounts.tax;
    let (of, whole) = match way.basis {
        Basis::Gross => (left(one) - left(two), 1_000_000 + all),
        Basis::Net | Basis::GrossOf { .. } => (net(one) - net(two), 1_000_000),
    };
    if let Basis::GrossOf { ppm } = way.basis {
        let home = 1_000_000 + i64::from(ppm);
        prop_assert!(near(net(one) - net(two), 1_000_000, left(one) - left(two), home));
    }
    prop_assert_eq!(one.taxes.len(), two.taxes.len());
    for (one, two) in one.taxes.iter().zip(&two.taxes) {
        prop_assert!(near(one.amount - two.amount, i64::from(one.ppm), of, whole));
    }
    Ok(())
}
