//! Categories, products and variants, and the inputs that select products.

mod category;
pub(super) mod category_edit;
mod collection;
pub(super) mod collection_edit;
mod image;
mod input;
mod option;
mod price;
mod product_edit;
mod variant;
mod variant_edit;

pub use category::{Category, CategoryConnection};
pub use category_edit::{CategoryCycle, CategoryInUse};
pub use collection::{Collection, CollectionConnection};
pub(super) use image::{ProductImagesSetInput, ProductImagesSetPayload};
pub(super) use input::{ProductFilter, ProductSort};
pub use option::{OptionValueInUse, ProductOption};
pub(super) use option::{
    ProductOptionCreateInput, ProductOptionCreatePayload, ProductOptionDeleteInput,
    ProductOptionDeletePayload, ProductOptionUpdateInput, ProductOptionUpdatePayload,
};
pub(super) use price::{VariantPricesSetInput, VariantPricesSetPayload};
pub use product_edit::{NoVariants, ProductInUse};
pub(super) use product_edit::{
    ProductArchiveInput, ProductArchivePayload, ProductCreateInput, ProductCreatePayload, ProductDeleteInput,
    ProductDeletePayload, ProductPublishInput, ProductPublishPayload, ProductSetInput, ProductSetPayload,
    ProductUpdateInput, ProductUpdatePayload,
};
pub use variant::Variant;
pub use variant_edit::CombinationTaken;
pub(super) use variant_edit::{
    VariantArchiveInput, VariantArchivePayload, VariantCreateInput, VariantCreatePayload, VariantInput,
    VariantUpdateInput, VariantUpdatePayload, VariantsCreateInput, VariantsCreatePayload,
    VariantsReorderInput, VariantsReorderPayload,
};

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use entity::{ProductId, product as product_row, product_price};

use self::{
    collection::CollectionsOf,
    image::{ImagesOf, ProductImage},
    variant::{AvailabilityOf, VariantsOf, currency_or_default},
};
use crate::{
    domain::{
        inventory,
        kernel::{markdown, money::Money as Amount},
        product,
    },
    graphql::kit::{
        context::ContextExt,
        cost::list_size,
        error::ResolverError,
        id::Node,
        listing::ListConnection,
        load,
        loader::loader,
        scalar::{CurrencyCode, Json, Money, Timestamp},
    },
};

/// An article of the shop. Customers buy its variants.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Product {
    #[graphql(skip)]
    row: product_row::Model,
    /// Global id of the product.
    pub(in crate::graphql) id: ID,
    /// Name in URLs, unique in the shop.
    slug: String,
    /// Display name.
    name: String,
    /// Visibility.
    status: ProductStatus,
    /// Description in Markdown.
    description: String,
    /// Title for search engines; null for the name.
    seo_title: Option<String>,
    /// Description for search engines; null for none.
    seo_description: Option<String>,
    /// Number of the last change, from 1.
    version: i32,
    /// Time at which the product was created.
    created_at: Timestamp,
    /// Time of the last change of the product.
    updated_at: Timestamp,
}

impl From<product_row::Model> for Product {
    fn from(row: product_row::Model) -> Self {
        Self {
            id: row.id.global(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            status: row.status.into(),
            description: row.description.clone(),
            seo_title: row.seo_title.clone(),
            seo_description: row.seo_description.clone(),
            version: row.version,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            row,
        }
    }
}

#[ComplexObject]
impl Product {
    /// Description as HTML that is safe to insert into a page.
    async fn description_html(&self) -> String {
        markdown::to_html(&self.description)
    }

    /// Key in another system, unique in the shop; null for none, and for viewers without `PRODUCTS_EDIT`.
    async fn external_id(&self, ctx: &Context<'_>) -> Option<String> {
        product::for_staff(ctx.op(), self.row.external_id.clone()).await
    }

    /// Metadata: texts by key.
    pub(in crate::graphql) async fn metadata(&self) -> Json {
        Json(self.row.metadata.clone())
    }

    /// Metadata for staff: texts by key; null for viewers without `PRODUCTS_EDIT`.
    pub(in crate::graphql) async fn private_metadata(&self, ctx: &Context<'_>) -> Option<Json> {
        product::for_staff(ctx.op(), Some(Json(self.row.private_metadata.clone()))).await
    }

    /// Category of the product; null for none.
    async fn category(&self, ctx: &Context<'_>) -> Option<Result<Category, ResolverError>> {
        load::optional(ctx, self.row.category_id?).await
    }

    /// Collections with the product, by name. Viewers without `PRODUCTS_EDIT` see those in their active period only.
    #[graphql(directive = list_size::apply(3, None))]
    async fn collections(&self, ctx: &Context<'_>) -> Result<Vec<Collection>, ResolverError> {
        load::list(ctx, CollectionsOf(self.row.id)).await
    }

    /// Tags, in alphabetical order.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<String>, ResolverError> {
        load::list(ctx, TagsOf(self.row.id)).await
    }

    /// Options in which the variants differ, in display order.
    #[graphql(directive = list_size::apply(2, None))]
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<ProductOption>, ResolverError> {
        load::list(ctx, OptionsOf(self.row.id)).await
    }

    /// Variants of the product, in display order; archived ones for viewers with `PRODUCTS_EDIT` only.
    #[graphql(directive = list_size::apply(3, None))]
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<Variant>, ResolverError> {
        load::list(ctx, VariantsOf(self.row.id)).await
    }

    /// Images of the product, in display order.
    #[graphql(directive = list_size::apply(3, None))]
    async fn images(&self, ctx: &Context<'_>) -> Result<Vec<ProductImage>, ResolverError> {
        load::list(ctx, ImagesOf(self.row.id)).await
    }

    /// Lowest and highest price of the variants on sale; null when none has a price in the currency.
    async fn price_range(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Currency; the shop's default currency by default.")] currency: Option<CurrencyCode>,
    ) -> Option<Result<PriceRange, ResolverError>> {
        price_range(ctx, self.row.id, currency).await.transpose()
    }

    /// Best availability of the variants on sale.
    async fn availability(&self, ctx: &Context<'_>) -> Result<Availability, ResolverError> {
        let variants = ctx.loader().load_one(VariantsOf(self.row.id)).await?;
        let on_sale = variants.iter().flat_map(|variants| variants.iter());
        let on_sale = on_sale.filter(|variant| variant.archived_at.is_none());
        let keys: Vec<_> = on_sale.map(|variant| AvailabilityOf(variant.id)).collect();
        let availabilities = ctx.loader().load_many(keys).await?;
        Ok(availabilities.into_values().max().unwrap_or(inventory::Availability::Out).into())
    }
}

async fn price_range(
    ctx: &Context<'_>,
    product: ProductId,
    currency: Option<CurrencyCode>,
) -> Result<Option<PriceRange>, ResolverError> {
    let currency = currency_or_default(ctx, currency).await?;
    let ranges = ctx.loader().load_one(PriceRangesOf(product)).await?;
    let range = ranges.iter().flat_map(|ranges| ranges.iter()).find(|range| range.currency == currency);
    let money = |minor| Money::from(Amount { minor, currency });
    Ok(range.map(|range| PriceRange { min: money(range.min), max: money(range.max) }))
}

/// Lowest and highest price.
#[derive(SimpleObject)]
pub(super) struct PriceRange {
    /// Lowest price.
    min: Money,
    /// Highest price.
    max: Money,
}

/// Visibility of a product.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "product_row::Status")]
pub enum ProductStatus {
    /// In preparation, visible to staff only.
    Draft,
    /// Visible to all.
    Active,
    /// Taken out of the catalogue, visible to staff only.
    Archived,
}

/// Whether pieces can be bought.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "inventory::Availability")]
pub enum Availability {
    /// In stock.
    InStock,
    /// In stock, with few pieces left.
    Low,
    /// Not in stock; can be ordered and is delivered later.
    Backorder,
    /// Cannot be ordered.
    Out,
}

/// A page of a list of products.
pub type ProductConnection = ListConnection<Product>;

loader!(ProductId => product_row::Model, product::by_ids);
loader! {
    /// Loads the price ranges of a product, one for each currency.
    PriceRangesOf(ProductId) => Arc<[product_price::Model]>, product::price_ranges_of
}
loader! {
    /// Loads the tags of a product.
    TagsOf(ProductId) => Arc<[String]>, product::tags_of
}
loader! {
    /// Loads the options of a product, in display order.
    OptionsOf(ProductId) => Arc<[product::OptionValues]>, product::options_of
}
