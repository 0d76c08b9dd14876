use chrono::DateTime;
use uuid::Uuid;

use super::{
    super::{active::Rule, aggregate::TargetIds},
    *,
};
use crate::domain::pricing::{Basis, Line, Shipping, ShippingTax, Taxation};

const UNTAXED: Taxation = Taxation { basis: Basis::Net, rates: Vec::new() };

fn id(number: u128) -> DiscountId {
    DiscountId(Uuid::from_u128(number))
}

fn product(number: u128) -> ProductId {
    ProductId(Uuid::from_u128(number))
}

/// Lines of 10.00 and 2 × 20.00, of the products 1 and 2; shipping for 5.00.
fn basket() -> Basket {
    let line = |(number, quantity, unit_price): (u128, u32, i64)| Line {
        id: Uuid::from_u128(number),
        quantity,
        unit_price,
        tax: UNTAXED,
    };
    Basket {
        lines: [(1, 1, 1_000), (2, 2, 2_000)].map(line).into(),
        shipping: Some(Shipping { price: 500, tax: ShippingTax::Own(UNTAXED) }),
        ..Basket::default()
    }
}

/// A combinable percentage for the whole cart.
fn rule(number: u128, percent: i32) -> Rule {
    let discount = discount::Model {
        id: id(number),
        name: format!("Discount {number}"),
        kind: Kind::Percentage,
        ppm: Some(percent * 10_000),
        is_automatic: true,
        is_limited: false,
        minimum_quantity: None,
        starts_at: DateTime::UNIX_EPOCH,
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: None,
        used: 0,
        account_tag: None,
        priority: 0,
        is_combinable: true,
        is_active: true,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    };
    Rule { discount, amount: None, minimum: None, has_minima: false, targets: TargetIds::default() }
}

fn of_kind(number: u128, kind: Kind, amount: Option<i64>) -> Rule {
    let mut rule = rule(number, 1);
    (rule.discount.kind, rule.discount.ppm, rule.amount) = (kind, None, amount);
    rule
}

fn automatic(rule: Rule) -> Candidate {
    Candidate { code: None, rule: Ok(rule) }
}

fn code(code: &str, rule: Result<Rule, Reason>) -> Candidate {
    Candidate { code: Some(code.to_owned()), rule }
}

fn chosen(candidates: &[Candidate]) -> Choice {
    let hits = Hits::from([(id(7), product(2))]);
    let (basket, products) = (basket(), [product(1), product(2)]);
    choose(Situation { basket: &basket, products: &products, hits: &hits }, candidates)
}

/// Numbers of the applied discounts.
fn applied(candidates: &[Candidate]) -> Vec<u128> {
    chosen(candidates).applied.iter().map(|applied| applied.id.0.as_u128()).collect()
}

/// Amounts that each discount takes off lines and shipping.
fn amounts(candidates: &[Candidate]) -> Vec<i64> {
    let discounts = chosen(candidates).applied.into_iter().map(|applied| applied.discount).collect();
    pricing::totals(&Basket { discounts, ..basket() }).unwrap().total.discounts
}

fn reason(candidate: Candidate) -> Option<Reason> {
    chosen(&[candidate]).rejected.first().map(|rejection| rejection.reason)
}

#[test]
fn each_kind_takes_off_what_it_says() {
    let of = |kind, amount| amounts(&[automatic(of_kind(1, kind, amount))]);
    assert_eq!(amounts(&[automatic(rule(1, 10))]), [500]);
    assert_eq!(of(Kind::Amount, Some(700)), [700]);
    assert_eq!(of(Kind::Amount, Some(70_000)), [5_000], "not more than the goods cost");
    assert_eq!(of(Kind::FixedPrice, Some(1_500)), [1_000]);
    assert_eq!(of(Kind::FreeShipping, None), [500]);
    let mut limited = rule(7, 10);
    limited.discount.is_limited = true;
    assert_eq!(amounts(&[automatic(limited)]), [400], "the second line only");
}

#[test]
fn order_is_by_priority_then_by_what_the_shopper_saves_then_by_id() {
    assert_eq!(applied(&[automatic(rule(1, 10)), automatic(rule(2, 20))]), [2, 1]);
    assert_eq!(applied(&[automatic(rule(2, 10)), automatic(rule(1, 10))]), [1, 2]);
    let mut first = rule(3, 1);
    first.discount.priority = 1;
    assert_eq!(applied(&[automatic(rule(2, 90)), automatic(first)]), [3, 2]);
}

#[test]
fn one_that_does_not_combine_stands_alone() {
    let alone = |number, percent, priority| {
        let mut rule = rule(number, percent);
        (rule.discount.is_combinable, rule.discount.priority) = (false, priority);
        rule
    };
    assert_eq!(applied(&[automatic(alone(1, 20, 0)), automatic(rule(2, 10))]), [1], "none after it");
    assert_eq!(applied(&[automatic(alone(1, 5, 0)), automatic(rule(2, 10))]), [2], "only while none is");
    assert_eq!(applied(&[automatic(alone(1, 5, 1)), automatic(rule(2, 10))]), [1]);
    let choice = chosen(&[automatic(rule(2, 10)), code("X", Ok(alone(1, 5, 0)))]);
    assert_eq!(choice.rejected, [Rejection { code: "X".to_owned(), reason: Reason::NotCombinable }]);
    let useless = of_kind(3, Kind::FixedPrice, Some(99_999));
    let useless = Rule {
        discount: discount::Model { is_combinable: false, priority: 9, ..useless.discount },
        ..useless
    };
    assert_eq!(applied(&[automatic(useless.clone()), automatic(rule(2, 10))]), [2], "it takes nothing off");
    assert_eq!(applied(&[code("X", Ok(useless)), automatic(rule(2, 10))]), [3, 2], "a code is accepted");
}

#[test]
fn second_code_of_a_discount_adds_nothing() {
    let choice = chosen(&[code("A", Ok(rule(1, 10))), code("B", Ok(rule(1, 10)))]);
    assert_eq!(choice.applied.len(), 1);
    assert_eq!(choice.rejected, [Rejection { code: "B".to_owned(), reason: Reason::NotCombinable }]);
}

#[test]
fn rejected_codes_have_a_reason() {
    let with = |change: &dyn Fn(&mut Rule)| {
        let mut rule = rule(1, 10);
        change(&mut rule);
        reason(code("X", Ok(rule)))
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|rule| rule.discount.is_limited = true), Some(Reason::NotForTheseProducts));
    assert_eq!(with(&|rule| rule.discount.minimum_quantity = Some(3)), None);
    assert_eq!(with(&|rule| rule.discount.minimum_quantity = Some(4)), Some(Reason::MinimumNotReached));
    let minimum = |minimum| move |rule: &mut Rule| (rule.has_minima, rule.minimum) = (true, minimum);
    assert_eq!(with(&minimum(Some(5_000))), None);
    assert_eq!(with(&minimum(Some(5_001))), Some(Reason::MinimumNotReached));
    assert_eq!(with(&minimum(None)), Some(Reason::NotInCurrency));
    assert_eq!(reason(code("X", Ok(of_kind(1, Kind::Amount, None)))), Some(Reason::NotInCurrency));
    for reason_of_rule in [Reason::UnknownOrEnded, Reason::UsedUp, Reason::NotForThisCustomer] {
        assert_eq!(reason(code("X", Err(reason_of_rule))), Some(reason_of_rule));
    }
    let silent = chosen(&[Candidate { code: None, rule: Err(Reason::UsedUp) }]);
    assert!(silent.rejected.is_empty() && silent.applied.is_empty());
}

#[test]
fn minimum_is_that_of_what_the_discount_acts_on() {
    let limited = |minimum| {
        let mut rule = rule(7, 10);
        rule.discount.is_limited = true;
        (rule.has_minima, rule.minimum) = (true, Some(minimum));
        reason(code("X", Ok(rule)))
    };
    assert_eq!((limited(4_000), limited(4_001)), (None, Some(Reason::MinimumNotReached)));
}
