//! The room `pricing`: its properties, an oracle with exact fractions, and worked examples of tax offices. No server.

mod examples;
mod oracle;
mod properties;
mod removal;

use bodega::domain::pricing::{
    Basis, Basket, Discount, Effect, Line, Rate, Rounding, Shipping, ShippingTax, Taxation,
};
use proptest::{prelude::*, sample::Index, test_runner::RngAlgorithm};
use uuid::Uuid;

fn cases() -> ProptestConfig {
    // Without optimization most of the time would go to the default algorithm.
    let rng_algorithm = RngAlgorithm::XorShift;
    ProptestConfig { cases: 10_000, failure_persistence: None, rng_algorithm, ..ProptestConfig::default() }
}

/// How an amount is taxed; rates with their keys.
fn taxation(basis: Basis, rates: &[(u32, u32)]) -> Taxation {
    Taxation { basis, rates: rates.iter().map(|(key, ppm)| Rate { key: *key, ppm: *ppm }).collect() }
}

fn line(id: u128, quantity: u32, unit_price: i64, tax: &Taxation) -> Line {
    Line { id: Uuid::from_u128(id), quantity, unit_price, tax: tax.clone() }
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::PerLine), Just(Rounding::PerRate)]
}

/// Prices, many of them so small that rounding shows, and zero.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..12_i64, 3 => 0..1_000_i64, 2 => 0..1_000_000_i64, 1 => 0..10_000_000_i64]
}

fn quantity() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..=3_u32, 2 => 1..=100_u32, 1 => Just(9_999_u32)]
}

fn ppm() -> impl Strategy<Value = u32> {
    const KNOWN: [u32; 11] =
        [0, 25_000, 50_000, 70_000, 81_000, 88_750, 99_750, 190_000, 200_000, 500_000, 1_000_000];
    prop_oneof![3 => prop::sample::select(KNOWN.to_vec()), 1 => 0..=1_000_000_u32]
}

/// Up to three ways of taxing that share a table of rates; the rates of each are together at most the whole.
fn taxations() -> impl Strategy<Value = Vec<Taxation>> {
    let basis =
        prop_oneof![Just(Basis::Net), Just(Basis::Gross), ppm().prop_map(|ppm| Basis::GrossOf { ppm }),];
    let way = (basis, any::<[bool; 4]>());
    (prop::array::uniform4(ppm()), prop::collection::vec(way, 1..=3)).prop_map(|(table, ways)| {
        ways.into_iter()
            .map(|(basis, chosen)| {
                let (mut rates, mut left) = (Vec::new(), 1_000_000);
                for (key, ppm) in (0..).zip(table) {
                    if chosen[key as usize] && ppm <= left {
                        left -= ppm;
                        rates.push(Rate { key, ppm });
                    }
                }
                Taxation { basis, rates }
            })
            .collect()
    })
}

/// An effect whose lines are chosen by the bits of a mask.
#[derive(Clone, Debug)]
struct DrawnDiscount {
    kind: u8,
    ppm: u32,
    amount: i64,
    mask: u8,
}

impl DrawnDiscount {
    fn on(&self, lines: Vec<usize>) -> Discount {
        let (ppm, amount) = (self.ppm, self.amount);
        let effect = match self.kind {
            0 => Effect::Percentage { ppm, lines },
            1 => Effect::Amount { amount, lines },
            2 => Effect::FixedPrice { amount, lines },
            _ => Effect::FreeShipping,
        };
        Discount { effect }
    }

    /// The discount on some of this many lines.
    fn on_some_of(&self, lines: usize) -> Discount {
        self.on((0..lines).filter(|line| self.mask >> line & 1 == 1).collect())
    }
}

fn drawn_discount() -> impl Strategy<Value = DrawnDiscount> {
    let kind = prop_oneof![3 => Just(0_u8), 3 => Just(1_u8), 2 => Just(2_u8), 1 => Just(3_u8)];
    let mask = prop_oneof![1 => Just(u8::MAX), 2 => any::<u8>()];
    (kind, ppm(), price(), mask).prop_map(|(kind, ppm, amount, mask)| DrawnDiscount {
        kind,
        ppm,
        amount,
        mask,
    })
}

/// Any basket with lines and within the bounds of its types' comments, with amounts that are not refused.
fn baskets() -> impl Strategy<Value = Basket> {
    let lines = prop::collection::vec((any::<u128>(), quantity(), price(), any::<Index>()), 1..=6);
    let shipping = prop::option::weighted(0.7, (price(), prop::option::of(any::<Index>())));
    let discounts = prop::collection::vec(drawn_discount(), 0..=3);
    (taxations(), lines, shipping, discounts, rounding()).prop_map(basket)
}

type DrawnLine = (u128, u32, i64, Index);
type DrawnShipping = Option<(i64, Option<Index>)>;

fn basket(
    (ways, lines, shipping, discounts, rounding): (
        Vec<Taxation>,
        Vec<DrawnLine>,
        DrawnShipping,
        Vec<DrawnDiscount>,
        Rounding,
    ),
) -> Basket {
    let own = |way: Index| ShippingTax::Own(way.get(&ways).clone());
    let shipping =
        shipping.map(|(price, way)| Shipping { price, tax: way.map_or(ShippingTax::LikeGoods, own) });
    let mut ids = std::collections::HashSet::new();
    let lines: Vec<_> = lines
        .into_iter()
        .filter(|(id, ..)| ids.insert(*id))
        .map(|(id, quantity, price, way)| line(id, quantity, price, way.get(&ways)))
        .collect();
    let discounts = discounts.iter().map(|discount| discount.on_some_of(lines.len())).collect();
    Basket { lines, shipping, discounts, rounding }
}

/// The places of the lines on which a discount acts.
fn places(effect: &mut Effect) -> Option<&mut Vec<usize>> {
    match effect {
        Effect::Percentage { lines, .. }
        | Effect::Amount { lines, .. }
        | Effect::FixedPrice { lines, .. } => Some(lines),
        Effect::FreeShipping => None,
    }
}
