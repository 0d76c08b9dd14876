//! What is to be priced.

use uuid::Uuid;

/// Lines, shipping and discounts that are priced together.
#[derive(Clone, Debug, Default)]
pub struct Basket {
    pub lines: Vec<Line>,
    pub shipping: Option<Shipping>,
    /// In the order in which they are applied.
    pub discounts: Vec<Discount>,
    pub rounding: Rounding,
}

/// Pieces with the same price.
#[derive(Clone, Debug)]
pub struct Line {
    /// Decides between equal remainders.
    pub id: Uuid,
    /// Number of pieces, 1 to 9,999.
    pub quantity: u32,
    /// Price of one piece as it was entered, in minor units, at least 0.
    pub unit_price: i64,
    pub tax: Taxation,
}

/// How an amount is taxed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Taxation {
    pub basis: Basis,
    /// Rates at the destination, side by side, none on top of another; together at most the whole.
    pub rates: Vec<Rate>,
}

/// What prices contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// No tax: it is added.
    Net,
    /// The tax of the destination: it is shown, and not added.
    Gross,
    /// Tax of the shop's own place, the sum of its rates in parts per million: it is taken off, then the destination's rates
    /// are added.
    GrossOf { ppm: u32 },
}

/// One rate of tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Which rate it is, for the caller; the same rate has the same key everywhere.
    pub key: u32,
    /// Parts per million, at most 1,000,000.
    pub ppm: u32,
}

/// Shipping of the whole basket.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// As it was entered, in minor units, at least 0.
    pub price: i64,
    pub tax: ShippingTax,
}

/// How shipping is taxed.
#[derive(Clone, Debug)]
pub enum ShippingTax {
    Own(Taxation),
    /// Like the goods, in proportion to their amounts after discounts.
    LikeGoods,
}

/// A discount. It never takes off more than is left.
#[derive(Clone, Debug)]
pub struct Discount {
    pub effect: Effect,
}

/// What a discount does. Lines are given by their places in the basket, each once.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A part of what these lines cost together.
    Percentage { ppm: u32, lines: Vec<usize> },
    /// An amount off these lines together.
    Amount { amount: i64, lines: Vec<usize> },
    /// These lines cost at most this for each piece.
    FixedPrice { amount: i64, lines: Vec<usize> },
    /// Shipping costs nothing.
    FreeShipping,
}

/// What is rounded to whole minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// The tax of each line.
    #[default]
    PerLine,
    /// The tax of all amounts with the same rates together.
    PerRate,
}
