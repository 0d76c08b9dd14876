//! Shipping methods and their prices.

use std::{hash::Hash, sync::Arc};

use async_graphql::{ComplexObject, Context, ID, SimpleObject, dataloader};
use entity::{ShippingMethodId, category, shipping_method, shipping_price};

use super::ShippingZone;
use crate::{
    domain::{
        kernel::{fault::Fault, money::Money as Amount},
        shipping, shop,
    },
    graphql::{
        kit::{
            context::ContextExt,
            cost::list_size,
            error::ResolverError,
            id::Node,
            load,
            loader::{Loader, loader},
            scalar::{CurrencyCode, Money},
        },
        product::Category,
        tax::TaxClass,
    },
};

/// A way of shipping carts to the places of a zone.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ShippingMethod {
    #[graphql(skip)]
    row: shipping_method::Model,
    /// Global id of the shipping method.
    pub(in crate::graphql) id: ID,
    /// Display name.
    name: String,
    /// Text for shoppers, like `With tracking`; may be empty.
    description: String,
    /// Earliest number of working days until delivery; null for no estimate.
    min_days: Option<i32>,
    /// Latest number of working days until delivery; null for no estimate.
    max_days: Option<i32>,
}

impl From<shipping_method::Model> for ShippingMethod {
    fn from(row: shipping_method::Model) -> Self {
        Self {
            id: row.id.global(),
            name: row.name.clone(),
            description: row.description.clone(),
            min_days: row.min_days,
            max_days: row.max_days,
            row,
        }
    }
}

#[ComplexObject]
impl ShippingMethod {
    /// Zone of the method; null for viewers without `SETTINGS_EDIT`.
    async fn zone(&self, ctx: &Context<'_>) -> Option<Result<ShippingZone, ResolverError>> {
        load::optional(ctx, self.row.zone_id).await
    }

    /// Prices, one for each currency; in a currency without one the method cannot be chosen. Null for viewers without
    /// `SETTINGS_EDIT`.
    #[graphql(directive = list_size::apply(3, None))]
    async fn prices(&self, ctx: &Context<'_>) -> Result<Option<Vec<ShippingPrice>>, ResolverError> {
        visible_list(ctx, PricesOf(self.row.id)).await
    }

    /// Lowest weight of all pieces, in grams, with which the method can be chosen. Pieces without a weight count as 0. Null for
    /// no limit, and for viewers without `SETTINGS_EDIT`.
    async fn min_weight(&self, ctx: &Context<'_>) -> Option<i32> {
        shop::for_staff(ctx.op(), self.row.min_weight).await?
    }

    /// Highest weight of all pieces, in grams, with which the method can be chosen. Null for no limit, and for viewers without
    /// `SETTINGS_EDIT`.
    async fn max_weight(&self, ctx: &Context<'_>) -> Option<i32> {
        shop::for_staff(ctx.op(), self.row.max_weight).await?
    }

    /// Tax class of the price of shipping; null to tax it like the goods, in proportion to their amounts, and for viewers without
    /// `SETTINGS_EDIT`.
    async fn tax_class(&self, ctx: &Context<'_>) -> Option<Result<TaxClass, ResolverError>> {
        load::optional(ctx, shop::for_staff(ctx.op(), self.row.tax_class_id).await??).await
    }

    /// Categories, by name, whose products the method does not ship, nor those of categories below them: a cart with one
    /// cannot be shipped by this method. Null for viewers without `SETTINGS_EDIT`.
    #[graphql(directive = list_size::apply(3, None))]
    async fn excluded_categories(&self, ctx: &Context<'_>) -> Result<Option<Vec<Category>>, ResolverError> {
        visible_list(ctx, ExcludedCategoriesOf(self.row.id)).await
    }

    /// Tags, in alphabetical order, of products that the method does not ship: a cart with one cannot be shipped by this
    /// method. Null for viewers without `SETTINGS_EDIT`.
    async fn excluded_tags(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        shop::for_staff(ctx.op(), self.row.excluded_tags.0.clone()).await
    }

    /// Number of the last change, from 1; null for viewers without `SETTINGS_EDIT`.
    async fn version(&self, ctx: &Context<'_>) -> Option<i32> {
        shop::for_staff(ctx.op(), self.row.version).await
    }
}

/// The objects of a list without pages; `None` if the viewer does not see it.
async fn visible_list<K, R, N>(ctx: &Context<'_>, key: K) -> Result<Option<Vec<N>>, ResolverError>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    R: Clone + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Value = Arc<[R]>, Error = Fault>,
    N: From<R>,
{
    let Some(rows) = ctx.loader().load_one(key).await? else { return Ok(None) };
    ctx.charge_rows(rows.len())?;
    Ok(Some(rows.iter().cloned().map(N::from).collect()))
}

/// Price of a shipping method in one currency, and the subtotals (prices of the goods after discounts) to which it applies.
#[derive(SimpleObject)]
pub(super) struct ShippingPrice {
    /// Currency.
    currency: CurrencyCode,
    /// Price of shipping.
    amount: Money,
    /// Subtotal from which shipping is free; null for never.
    free_from: Option<Money>,
    /// Lowest subtotal with which the method can be chosen; null for no limit.
    min_subtotal: Option<Money>,
    /// Subtotal from which on the method cannot be chosen; null for no limit.
    max_subtotal: Option<Money>,
}

impl From<shipping_price::Model> for ShippingPrice {
    fn from(row: shipping_price::Model) -> Self {
        let money = |minor| Money::from(Amount { minor, currency: row.currency });
        Self {
            currency: CurrencyCode(row.currency),
            amount: money(row.amount),
            free_from: row.free_from.map(money),
            min_subtotal: row.min_subtotal.map(money),
            max_subtotal: row.max_subtotal.map(money),
        }
    }
}

loader!(ShippingMethodId => shipping_method::Model, shipping::methods_by_ids);
loader! {
    /// Loads the prices of a method, by currency.
    PricesOf(ShippingMethodId) => Arc<[shipping_price::Model]>, shipping::prices_of
}
loader! {
    /// Loads the excluded categories of a method, by name.
    ExcludedCategoriesOf(ShippingMethodId) => Arc<[category::Model]>, shipping::excluded_categories_of
}
