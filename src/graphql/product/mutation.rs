//! Changing the catalogue.

use async_graphql::{Context, Object};
use entity::{ProductId, VariantId};

use super::types::{
    ProductImagesSetInput, ProductImagesSetPayload, VariantPricesSetInput, VariantPricesSetPayload,
};
use crate::{
    domain::product,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

/// Mutations on the catalogue.
#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Sets or removes prices of a variant, one for each currency; prices in other currencies stay. Requires
    /// `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variant_prices_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant, and the prices to set.")] input: VariantPricesSetInput,
    ) -> Result<VariantPricesSetPayload, ResolverError> {
        let id = VariantId::from_global(&input.id, "input.id")?;
        let prices: Vec<_> = input.prices.into_iter().map(Into::into).collect();
        VariantPricesSetPayload::from_result(product::variant_prices_set(ctx.op(), id, &prices).await)
    }

    /// Replaces the images of a product, in their order. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_images_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product, and all its images.")] input: ProductImagesSetInput,
    ) -> Result<ProductImagesSetPayload, ResolverError> {
        let id = ProductId::from_global(&input.id, "input.id")?;
        let images = input.into_images()?;
        ProductImagesSetPayload::from_result(product::product_images_set(ctx.op(), id, images).await)
    }
}
