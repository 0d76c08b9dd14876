//! Variants with their prices and availability.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::{Currency, ProductId, VariantId, variant, variant_price};

use super::{Availability, Product, option::SelectedOption, price::VariantPrice};
use crate::{
    domain::{
        inventory,
        kernel::{fault::Fault, money::Money as Amount},
        product,
    },
    graphql::{
        inventory::{StockLevel, StockOf},
        kit::{
            context::ContextExt,
            cost::list_size,
            error::ResolverError,
            id::Node,
            load,
            loader::loader,
            scalar::{CurrencyCode, Json, Money, Timestamp},
        },
        tax::TaxClass,
    },
};

/// A size, colour or package of a product: the unit that is bought.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Variant {
    #[graphql(skip)]
    row: variant::Model,
    /// Global id of the variant.
    pub(in crate::graphql) id: ID,
    /// Stock keeping unit, unique in the shop.
    sku: String,
    /// Values of the options, like `Small / Red`; the product's name when it has no options.
    name: String,
    /// Barcode, like a GTIN; null for none.
    barcode: Option<String>,
    /// Weight of one piece in grams; null when it is unknown.
    weight: Option<i32>,
    /// Whether a piece has to be shipped; false for what is downloaded or picked up.
    requires_shipping: bool,
    /// Maximum number of pieces in one order; null for no limit.
    max_per_order: Option<i32>,
    /// Position among the variants of the product, from 0.
    position: i32,
    /// Time at which the variant was taken off sale; null for one on sale.
    archived_at: Option<Timestamp>,
    /// Number of the last change, from 1.
    version: i32,
}

impl From<variant::Model> for Variant {
    fn from(row: variant::Model) -> Self {
        Self {
            id: row.id.global(),
            sku: row.sku.clone(),
            name: row.name.clone(),
            barcode: row.barcode.clone(),
            weight: row.weight,
            requires_shipping: row.requires_shipping,
            max_per_order: row.max_per_order,
            position: row.position,
            archived_at: row.archived_at.map(Timestamp),
            version: row.version,
            row,
        }
    }
}

#[ComplexObject]
impl Variant {
    /// Product of the variant.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product, ResolverError> {
        load::required(ctx, self.row.product_id, "product of a variant").await
    }

    /// Value of each option of the product, in the order of the options.
    #[graphql(directive = list_size::apply(2, None))]
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<SelectedOption>, ResolverError> {
        load::list(ctx, SelectionsOf(self.row.id)).await
    }

    /// Metadata: texts by key.
    pub(in crate::graphql) async fn metadata(&self) -> Json {
        Json(self.row.metadata.clone())
    }

    /// Metadata for staff: texts by key; null for viewers without `PRODUCTS_EDIT`.
    pub(in crate::graphql) async fn private_metadata(&self, ctx: &Context<'_>) -> Option<Json> {
        product::for_staff(ctx.op(), Some(Json(self.row.private_metadata.clone()))).await
    }

    /// Tax class; null for the shop's default, and for viewers with neither `PRODUCTS_EDIT` nor `SETTINGS_EDIT`.
    async fn tax_class(&self, ctx: &Context<'_>) -> Option<Result<TaxClass, ResolverError>> {
        load::optional(ctx, self.row.tax_class_id?).await
    }

    /// Whether pieces can be bought.
    async fn availability(&self, ctx: &Context<'_>) -> Result<Availability, ResolverError> {
        let availability = ctx.loader().load_one(AvailabilityOf(self.row.id)).await?;
        Ok(availability.unwrap_or(inventory::Availability::Out).into())
    }

    /// Stock of the variant; null for viewers without `INVENTORY_EDIT`.
    async fn stock(&self, ctx: &Context<'_>) -> Option<Result<StockLevel, ResolverError>> {
        load::optional(ctx, StockOf(self.row.id)).await
    }

    /// Prices in all currencies of the shop in which there is one.
    #[graphql(directive = list_size::apply(3, None))]
    async fn prices(&self, ctx: &Context<'_>) -> Result<Vec<VariantPrice>, ResolverError> {
        load::list(ctx, PricesOf(self.row.id)).await
    }

    /// Price of one piece; null when there is none in the currency.
    async fn price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Currency; the shop's default currency by default.")] currency: Option<CurrencyCode>,
    ) -> Option<Result<Money, ResolverError>> {
        self.amount(ctx, currency, |price| Some(price.amount)).await.transpose()
    }

    /// Former or recommended price to compare with; null for none.
    async fn compare_at_price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Currency; the shop's default currency by default.")] currency: Option<CurrencyCode>,
    ) -> Option<Result<Money, ResolverError>> {
        self.amount(ctx, currency, |price| price.compare_at).await.transpose()
    }

    /// Lowest price in the 30 days before the present reduction began (Article 6a of Directive 98/6/EC); null when the
    /// price is not a reduced one.
    async fn prior_price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Currency; the shop's default currency by default.")] currency: Option<CurrencyCode>,
    ) -> Option<Result<Money, ResolverError>> {
        self.prior(ctx, currency).await.transpose()
    }

    /// Cost of one piece for the shop; null for none, and for viewers without `PRODUCTS_EDIT`.
    async fn cost(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Currency; the shop's default currency by default.")] currency: Option<CurrencyCode>,
    ) -> Option<Result<Money, ResolverError>> {
        let cost = self.amount(ctx, currency, |price| price.cost).await.transpose();
        product::for_staff(ctx.op(), cost).await
    }
}

impl Variant {
    /// One of the amounts that the price in a currency holds.
    async fn amount(
        &self,
        ctx: &Context<'_>,
        currency: Option<CurrencyCode>,
        amount: impl Fn(&variant_price::Model) -> Option<i64>,
    ) -> Result<Option<Money>, ResolverError> {
        let currency = currency_or_default(ctx, currency).await?;
        let prices = ctx.loader().load_one(PricesOf(self.row.id)).await?;
        let price = prices.iter().flat_map(|prices| prices.iter()).find(|price| price.currency == currency);
        Ok(price.and_then(amount).map(|minor| Amount { minor, currency }.into()))
    }

    async fn prior(
        &self,
        ctx: &Context<'_>,
        currency: Option<CurrencyCode>,
    ) -> Result<Option<Money>, ResolverError> {
        let currency = currency_or_default(ctx, currency).await?;
        let prior = ctx.loader().load_one(PriorPricesOf(self.row.id)).await?;
        let prior = prior.iter().flat_map(|prior| prior.iter()).find(|prior| prior.0 == currency);
        Ok(prior.map(|(_, minor)| Amount { minor: *minor, currency }.into()))
    }
}

/// The currency that was asked for, or the shop's.
pub(super) async fn currency_or_default(
    ctx: &Context<'_>,
    currency: Option<CurrencyCode>,
) -> Result<Currency, ResolverError> {
    match currency {
        Some(currency) => Ok(currency.0),
        None => {
            let missing = || Fault::internal("the shop's default currency is missing");
            Ok(ctx.loader().load_one(DefaultCurrency(())).await?.ok_or_else(missing)?)
        }
    }
}

loader!(VariantId => variant::Model, product::variants_by_ids);
loader! {
    /// Loads the variants of a product, in display order.
    VariantsOf(ProductId) => Arc<[variant::Model]>, product::variants_of
}
loader! {
    /// Loads whether a variant can be bought.
    AvailabilityOf(VariantId) => inventory::Availability, product::availability_of
}
loader! {
    /// Loads the prices of a variant, one for each currency.
    PricesOf(VariantId) => Arc<[variant_price::Model]>, product::prices_of
}
loader! {
    /// Loads the prior prices of a variant, one for each currency in which its price is a reduced one.
    PriorPricesOf(VariantId) => Arc<[(Currency, i64)]>, product::prior_prices_of
}
loader! {
    /// Loads the shop's default currency.
    DefaultCurrency(()) => Currency, product::default_currency
}
loader! {
    /// Loads the value of each option of a variant.
    SelectionsOf(VariantId) => Arc<[product::SelectedOption]>, product::selections_of
}
