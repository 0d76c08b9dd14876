//! Removing a discount, while the price of shipping and the other discounts stay.
//!
//! In exact numbers this never lowers the total. Whole units set two limits, so that the properties below say where it holds
//! to the unit and where up to rounding:
//!
//! - A later discount that is spread over several lines is spread anew. No way of spreading whole units keeps each share
//!   within a unit of the exact one and also never moves a unit away from a part that stays the same while another one grows
//!   (Balinski and Young, "Fair Representation", 1982). The line that loses the unit may be the one with more tax.
//! - Shipping that is taxed like the goods follows their amounts after discounts, so that its tax falls when goods with less
//!   tax cost more.

use bodega::domain::pricing::{
    Basis, Basket, Discount, Effect, Rounding, Shipping, ShippingTax, Taxation, totals,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{DrawnDiscount, baskets, cases, drawn_discount, line, price, taxation};

/// The totals with all discounts, and without one of them.
fn with_and_without(basket: &Basket, removed: usize) -> (i64, i64) {
    let mut without = basket.clone();
    without.discounts.remove(removed);
    (totals(basket).unwrap().total.total, totals(&without).unwrap().total.total)
}

/// Whether a discount is spread over lines.
fn is_spread(discount: &Discount) -> bool {
    matches!(discount.effect, Effect::Percentage { .. } | Effect::Amount { .. })
}

/// Any basket whose shipping is taxed in its own way.
fn with_own_shipping() -> impl Strategy<Value = Basket> {
    (baskets(), taxation_of_shipping()).prop_map(|(mut basket, own)| {
        if let Some(Shipping { tax: tax @ ShippingTax::LikeGoods, .. }) = &mut basket.shipping {
            *tax = ShippingTax::Own(own);
        }
        basket
    })
}

fn taxation_of_shipping() -> impl Strategy<Value = Taxation> {
    super::taxations().prop_map(|mut ways| ways.swap_remove(0))
}

proptest! {
    #![proptest_config(cases())]

    /// If no later discount is spread.
    #[test]
    fn removing_the_last_spread_discount_never_lowers_the_total(
        mut basket in with_own_shipping(), added in drawn_discount(), removed in any::<Index>(),
    ) {
        basket.discounts.push(added.on_some_of(basket.lines.len()));
        let removed = removed.index(basket.discounts.len());
        let mut place = 0;
        basket.discounts.retain(|discount| {
            place += 1;
            place <= removed + 1 || !is_spread(discount)
        });
        let (with, without) = with_and_without(&basket, removed);
        prop_assert!(with <= without, "{with} > {without}");
    }

    /// Whatever follows, if each discount acts on one line.
    #[test]
    fn removing_a_discount_never_lowers_the_total_if_each_has_one_line(
        mut basket in with_own_shipping(),
        drawn in vec((drawn_discount(), any::<Index>()), 1..5),
        removed in any::<Index>(),
    ) {
        let one = |(discount, at): &(DrawnDiscount, Index)| discount.on(vec![at.index(basket.lines.len())]);
        basket.discounts = drawn.iter().map(one).collect();
        let (with, without) = with_and_without(&basket, removed.index(basket.discounts.len()));
        prop_assert!(with <= without, "{with} > {without}");
    }

    /// Whatever follows, if all discounts act on the whole basket, which is taxed in one way and rounded as one, or contains
    /// its tax.
    #[test]
    fn removing_a_discount_on_the_whole_basket_never_lowers_the_total(
        mut basket in with_own_shipping(), mut drawn in vec(drawn_discount(), 1..5), removed in any::<Index>(),
    ) {
        let way = basket.lines[0].tax.clone();
        if way.basis != Basis::Gross {
            basket.rounding = Rounding::PerRate;
        }
        basket.lines.iter_mut().for_each(|line| line.tax = way.clone());
        let whole: Vec<usize> = (0..basket.lines.len()).collect();
        // A fixed price acts on each line by itself.
        drawn.iter_mut().filter(|discount| discount.kind == 2).for_each(|discount| discount.kind = 1);
        basket.discounts = drawn.iter().map(|discount| discount.on(whole.clone())).collect();
        let (with, without) = with_and_without(&basket, removed.index(basket.discounts.len()));
        prop_assert!(with <= without, "{with} > {without}");
    }

    /// Any discount, up to rounding: each later one that is spread moves at most half a unit a line and one more, and the tax
    /// of each line is rounded by itself.
    #[test]
    fn removing_any_discount_lowers_the_total_at_most_by_rounding(
        mut basket in with_own_shipping(), added in drawn_discount(), removed in any::<Index>(),
    ) {
        basket.discounts.push(added.on_some_of(basket.lines.len()));
        let removed = removed.index(basket.discounts.len());
        let later = &basket.discounts[removed + 1..];
        let lines = basket.lines.len();
        let moved = later.iter().filter(|discount| is_spread(discount)).count() * (lines + 2);
        let rounded: usize = basket.lines.iter().map(|line| line.tax.rates.len() + 2).sum();
        // A unit that moves takes at most as much tax with it.
        let bound = i64::try_from(if moved == 0 { 0 } else { moved + rounded }).unwrap();
        let (with, without) = with_and_without(&basket, removed);
        prop_assert!(with <= without + bound, "{with} > {without} + {bound}");
    }

    /// Free shipping does not change how shipping is taxed.
    #[test]
    fn removing_free_shipping_never_lowers_the_total(
        mut basket in baskets(), at in any::<Index>(), postage in price(),
    ) {
        basket.shipping = Some(Shipping { price: postage, tax: ShippingTax::LikeGoods });
        let at = at.index(basket.discounts.len() + 1);
        basket.discounts.insert(at, Discount { effect: Effect::FreeShipping });
        let (with, without) = with_and_without(&basket, at);
        prop_assert!(with <= without, "{with} > {without}");
    }
}

/// The first limit, in its smallest form: 99 % off 149 leave one unit, as they do of 51, but on the line without tax.
#[test]
fn removing_a_discount_may_move_a_unit_to_a_line_with_less_tax() {
    let lines = vec![
        line(1, 1, 98, &taxation(Basis::Net, &[])),
        line(2, 1, 51, &taxation(Basis::Net, &[(0, 500_000)])),
    ];
    let discounts = [
        Effect::Amount { amount: 98, lines: vec![0] },
        Effect::Percentage { ppm: 990_000, lines: vec![0, 1] },
    ];
    let discounts = discounts.map(|effect| Discount { effect }).into();
    let basket = Basket { lines, discounts, ..Basket::default() };
    assert_eq!(with_and_without(&basket, 0), (2, 1));
}

/// The second limit: shipping moves to goods without tax with their amount.
#[test]
fn removing_a_discount_may_move_shipping_to_goods_with_less_tax() {
    let lines = vec![
        line(1, 1, 1_000, &taxation(Basis::Net, &[])),
        line(2, 1, 100, &taxation(Basis::Net, &[(0, 200_000)])),
    ];
    let discounts = vec![Discount { effect: Effect::Percentage { ppm: 900_000, lines: vec![0] } }];
    let shipping = Some(Shipping { price: 20_000, tax: ShippingTax::LikeGoods });
    let basket = Basket { lines, discounts, shipping, ..Basket::default() };
    // Of shipping, 10,000 are taxed, or one eleventh: 1,818.
    assert_eq!(with_and_without(&basket, 0), (22_220, 21_484));
}
