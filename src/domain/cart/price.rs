//! What a cart costs now: taxes by the destination, shipping, and the totals of the room `pricing`.

use std::collections::HashSet;

use entity::{CategoryId, shipping_method};
use sea_orm::ConnectionTrait;

use super::{Cart, Line};
use crate::domain::{
    address::Place,
    context::OpContext,
    database::Database,
    kernel::fault::Fault,
    pricing::{self, Amounts, Basket, Shipping, ShippingTax, Totals},
    product,
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
}

impl Priced {
    /// The chosen method with its price, if the cart can be shipped by it.
    pub fn shipping_method(&self) -> Option<&(shipping_method::Model, i64)> {
        self.shipping_methods.get(self.chosen?)
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
    price_in(&ctx.services().db, ctx.db(), cart).await
}

/// The same, over the connection of a transaction.
pub(super) async fn price_in(
    database: &Database,
    db: &impl ConnectionTrait,
    cart: &Cart,
) -> Result<Priced, Fault> {
    let requires_shipping = cart.requires_shipping();
    let shipped_to = cart.shipping_address()?.map(|address| address.place());
    let destination = match requires_shipping {
        true => shipped_to.clone(),
        false => cart.billing_address()?.map(|address| address.place()).or_else(|| shipped_to.clone()),
    };
    let is_estimated = destination.is_none();
    let taxes = tax::table(db, destination.as_ref()).await?;
    let mut basket = Basket { rounding: taxes.rounding(), ..Basket::default() };
    let mut places = Vec::with_capacity(cart.lines.len());
    for line in &cart.lines {
        let priced = basket_line(cart, line, &taxes);
        places.push(priced.is_some().then_some(basket.lines.len()));
        basket.lines.extend(priced);
    }
    let goods = pricing::totals(&basket).ok();
    let shipped_to = shipped_to.filter(|_| requires_shipping);
    let (Some(goods), Some(place)) = (&goods, shipped_to) else {
        return Ok(Priced {
            taxes,
            shipping_methods: vec![],
            totals: goods,
            places,
            is_estimated,
            chosen: None,
        });
    };
    let shipping_methods = offers(database, db, cart, goods, &place).await?;
    let wanted = cart.row.shipping_method_id;
    let chosen = shipping_methods.iter().position(|(method, _)| Some(method.id) == wanted);
    if let Some((method, price)) = chosen.and_then(|at| shipping_methods.get(at)) {
        let taxed = |class| taxes.taxation(Some(class), cart.row.currency, cart.exemption.as_ref());
        let tax = method.tax_class_id.map_or(ShippingTax::LikeGoods, |class| ShippingTax::Own(taxed(class)));
        basket.shipping = Some(Shipping { price: *price, tax });
    }
    let totals = pricing::totals(&basket).ok();
    Ok(Priced { taxes, shipping_methods, totals, places, is_estimated, chosen })
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

/// The methods that the cart can be shipped by.
async fn offers(
    database: &Database,
    db: &impl ConnectionTrait,
    cart: &Cart,
    goods: &Totals,
    place: &Place,
) -> Result<Vec<(shipping_method::Model, i64)>, Fault> {
    let offers = shipping::methods_at(db, place, cart.row.currency).await?;
    let (categories, tags) = match offers.iter().any(Offer::excludes_some) {
        true => facets(database, db, cart).await?,
        false => Default::default(),
    };
    let shipped = cart.lines.iter().filter_map(|line| {
        let variant = &line.item.as_ref()?.variant;
        let weight = i64::from(variant.weight.filter(|_| variant.requires_shipping)?);
        Some(weight * i64::from(line.row.quantity))
    });
    let parcel = Parcel {
        subtotal: goods.total.subtotal - goods.total.discount,
        weight: shipped.sum(),
        categories: &categories,
        tags: &tags,
    };
    Ok(offers
        .into_iter()
        .filter_map(|offer| offer.price(&parcel).map(|price| (offer.method, price)))
        .collect())
}

/// The categories of all products in the cart, with all categories above them, and the tags.
async fn facets(
    database: &Database,
    db: &impl ConnectionTrait,
    cart: &Cart,
) -> Result<(HashSet<CategoryId>, HashSet<String>), Fault> {
    let products: Vec<_> = cart.lines.iter().filter_map(|line| Some(&line.item.as_ref()?.product)).collect();
    let (mut categories, mut tags) = (HashSet::new(), HashSet::new());
    for facets in product::facets_of(database, db, &products).await?.into_values() {
        categories.extend(facets.categories);
        tags.extend(facets.tags);
    }
    Ok((categories, tags))
}
