//! Present price of a cart: taxes by the destination, discounts, shipping, and the totals of the room `pricing`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{DiscountId, ProductId, product as product_row, shipping_method};
use sea_orm::ConnectionTrait;

use super::{Cart, Line};
use crate::domain::{
    address::Place,
    context::{OpContext, Txn},
    database::Database,
    discount::{self, Applied, Candidate, Choice, Rejection, Situation},
    kernel::fault::Fault,
    pricing::{self, Amounts, Basket, Shipping, ShippingTax, Totals},
    product::{self, Facets},
    shipping::{self, Offer, Parcel},
    tax::{self, TaxTable},
};

/// Prices of a cart.
#[derive(Debug)]
pub struct Priced {
    pub taxes: TaxTable,
    /// Methods that the cart can be shipped by, with their prices in minor units.
    pub shipping_methods: Vec<(shipping_method::Model, i64)>,
    /// `None` while an amount is too large.
    pub totals: Option<Totals>,
    /// The place of each line of the cart in the totals; `None` for a line that cannot be bought.
    places: Vec<Option<usize>>,
    /// Whether the destination is not known, and the shop's place stands for it.
    pub is_estimated: bool,
    chosen: Option<usize>,
    /// Discounts in the order in which they are applied, which is that of their shares in all amounts.
    pub applied: Vec<Applied>,
    /// Codes without effect.
    pub rejected: Vec<Rejection>,
}

impl Priced {
    /// The chosen method with its price, if the cart can be shipped by it.
    pub fn shipping_method(&self) -> Option<&(shipping_method::Model, i64)> {
        self.shipping_methods.get(self.chosen?)
    }

    /// Whether a code of the cart has an effect on no cart at all.
    pub fn has_ended(&self, code: &str) -> bool {
        self.rejected.iter().any(|rejection| rejection.code == code && rejection.reason.is_final())
    }

    /// Amounts of a line of the cart.
    pub fn line(&self, index: usize) -> Option<&Amounts> {
        let place = (*self.places.get(index)?)?;
        self.totals.as_ref()?.lines.get(place)
    }
}

/// Prices a cart anew.
#[tracing::instrument(name = "cart::price", level = "debug", skip_all, err(level = "debug"))]
pub async fn price(ctx: &OpContext, cart: &Cart) -> Result<Priced, Fault> {
    let at = At { database: &ctx.services().db, now: ctx.now(), preview: None };
    price_in(at, ctx.db(), cart).await
}

/// When a cart is priced, and on which database.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub database: &'a Database,
    pub now: DateTime<Utc>,
    /// A discount that counts as automatic and active.
    pub preview: Option<DiscountId>,
}

impl<'a> At<'a> {
    pub(super) fn of(txn: &'a Txn<'_>) -> Self {
        Self { database: &txn.services().db, now: txn.now(), preview: None }
    }
}

/// The same, over the connection of a transaction.
pub(super) async fn price_in(at: At<'_>, db: &impl ConnectionTrait, cart: &Cart) -> Result<Priced, Fault> {
    let requires_shipping = cart.requires_shipping();
    let shipped_to = cart.shipping_address()?.map(|address| address.place());
    let destination = match requires_shipping {
        true => shipped_to.clone(),
        false => cart.billing_address()?.map(|address| address.place()).or_else(|| shipped_to.clone()),
    };
    let is_estimated = destination.is_none();
    let taxes = tax::table(db, destination.as_ref()).await?;
    let mut basket = Basket { rounding: taxes.rounding(), ..Basket::default() };
    let (mut places, mut products) = (Vec::with_capacity(cart.lines.len()), Vec::new());
    for line in &cart.lines {
        let priced = basket_line(cart, line, &taxes);
        places.push(priced.is_some().then_some(basket.lines.len()));
        products.extend(line.item.as_ref().filter(|_| priced.is_some()).map(|item| &item.product));
        basket.lines.extend(priced);
    }
    let place = shipped_to.filter(|_| requires_shipping);
    let rules = Rules::read(at, db, cart, &products, place.as_ref()).await?;
    let product_ids: Vec<_> = products.iter().map(|product| product.id).collect();
    let Outcome { totals, shipped, choice } = rules.outcome(cart, basket, &product_ids, &taxes);
    Ok(Priced {
        taxes,
        shipping_methods: shipped.methods,
        totals,
        places,
        is_estimated,
        chosen: shipped.chosen,
        applied: choice.applied,
        rejected: choice.rejected,
    })
}

/// Settings of staff that concern a cart.
struct Rules {
    candidates: Vec<Candidate>,
    offers: Vec<Offer>,
    facets: HashMap<ProductId, Facets>,
}

impl Rules {
    /// Reads discounts and shipping methods, and the facets of the products if they matter, in at most three statements.
    async fn read(
        at: At<'_>,
        db: &impl ConnectionTrait,
        cart: &Cart,
        products: &[&product_row::Model],
        place: Option<&Place>,
    ) -> Result<Self, Fault> {
        let ids: Vec<_> = products.iter().map(|product| product.id).collect();
        let request = discount::Request {
            codes: &cart.row.discount_codes.0,
            currency: cart.row.currency,
            account: cart.row.account_id,
            products: &ids,
            now: at.now,
            preview: at.preview,
        };
        let candidates = discount::candidates(at.database, db, request).await?;
        let offers = match place {
            Some(place) => shipping::methods_at(db, place, cart.row.currency).await?,
            None => Vec::new(),
        };
        let matter =
            offers.iter().any(Offer::excludes_some) || candidates.iter().any(Candidate::needs_facets);
        let facets = match matter {
            true => product::facets_of(at.database, db, products).await?,
            false => HashMap::new(),
        };
        Ok(Self { candidates, offers, facets })
    }

    /// Chooses discounts and shipping, and computes the totals. Discounts are chosen for a price of shipping, which depends on
    /// what they take off the goods: if it is another one then, they are chosen a second time.
    fn outcome(&self, cart: &Cart, mut basket: Basket, products: &[ProductId], taxes: &TaxTable) -> Outcome {
        let hits = discount::hits(&self.candidates, products, &self.facets);
        let mut shipped = self.shipped(cart, &basket);
        let mut choice = Choice::default();
        for _ in 0..2 {
            basket.discounts.clear();
            basket.shipping =
                shipped.chosen().map(|(method, price)| shipping_of(method, *price, cart, taxes));
            let situation = Situation { basket: &basket, products, hits: &hits };
            choice = discount::choose(situation, &self.candidates);
            basket.discounts = choice.applied.iter().map(|applied| applied.discount.clone()).collect();
            let before = std::mem::replace(&mut shipped, self.shipped(cart, &basket));
            if before.chosen() == shipped.chosen() {
                break;
            }
        }
        basket.shipping = shipped.chosen().map(|(method, price)| shipping_of(method, *price, cart, taxes));
        Outcome { totals: pricing::totals(&basket).ok(), shipped, choice }
    }

    /// The methods that the goods can be shipped by, at their price after the discounts of the basket.
    fn shipped(&self, cart: &Cart, basket: &Basket) -> Shipped {
        let goods = Basket { shipping: None, ..basket.clone() };
        let Ok(goods) = pricing::totals(&goods) else { return Shipped::default() };
        let methods = offered(&self.offers, cart, &goods, &self.facets);
        let wanted = cart.row.shipping_method_id;
        Shipped { chosen: methods.iter().position(|(method, _)| Some(method.id) == wanted), methods }
    }
}

/// Totals of a cart, with the shipping and the discounts that they contain.
struct Outcome {
    totals: Option<Totals>,
    shipped: Shipped,
    choice: Choice,
}

/// Methods that a cart can be shipped by, with their prices, and the place of the chosen one.
#[derive(Default)]
struct Shipped {
    methods: Vec<(shipping_method::Model, i64)>,
    chosen: Option<usize>,
}

impl Shipped {
    fn chosen(&self) -> Option<&(shipping_method::Model, i64)> {
        self.methods.get(self.chosen?)
    }
}

fn shipping_of(method: &shipping_method::Model, price: i64, cart: &Cart, taxes: &TaxTable) -> Shipping {
    let taxed = |class| taxes.taxation(Some(class), cart.row.currency, cart.exemption.as_ref());
    let tax = method.tax_class_id.map_or(ShippingTax::LikeGoods, |class| ShippingTax::Own(taxed(class)));
    Shipping { price, tax }
}

fn basket_line(cart: &Cart, line: &Line, taxes: &TaxTable) -> Option<pricing::Line> {
    let item = line.item.as_ref()?;
    Some(pricing::Line {
        id: line.row.id.0,
        quantity: line.row.quantity.unsigned_abs(),
        unit_price: cart.state(line).price?,
        tax: taxes.taxation(item.variant.tax_class_id, cart.row.currency, cart.exemption.as_ref()),
    })
}

/// The methods that the cart can be shipped by, with their prices.
fn offered(
    offers: &[Offer],
    cart: &Cart,
    goods: &Totals,
    facets: &HashMap<ProductId, Facets>,
) -> Vec<(shipping_method::Model, i64)> {
    let shipped = cart.lines.iter().filter_map(|line| {
        let variant = &line.item.as_ref()?.variant;
        let weight = i64::from(variant.weight.filter(|_| variant.requires_shipping)?);
        Some(weight * i64::from(line.row.quantity))
    });
    let categories = facets.values().flat_map(|facets| facets.categories.iter().copied()).collect();
    let tags = facets.values().flat_map(|facets| facets.tags.iter().cloned()).collect();
    let parcel = Parcel {
        subtotal: goods.total.subtotal - goods.total.discount,
        weight: shipped.sum(),
        categories: &categories,
        tags: &tags,
    };
    let priced = |offer: &Offer| offer.price(&parcel).map(|price| (offer.method.clone(), price));
    offers.iter().filter_map(priced).collect()
}
