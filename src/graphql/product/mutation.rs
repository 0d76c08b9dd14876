//! Changing products and their options.

use async_graphql::{Context, Object};
use entity::{ProductId, ProductOptionId};

use super::types::{
    ProductArchiveInput, ProductArchivePayload, ProductCreateInput, ProductCreatePayload, ProductDeleteInput,
    ProductDeletePayload, ProductImagesSetInput, ProductImagesSetPayload, ProductOptionCreateInput,
    ProductOptionCreatePayload, ProductOptionDeleteInput, ProductOptionDeletePayload,
    ProductOptionUpdateInput, ProductOptionUpdatePayload, ProductPublishInput, ProductPublishPayload,
    ProductSetInput, ProductSetPayload, ProductUpdateInput, ProductUpdatePayload,
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

/// Mutations on products.
#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Creates a product as a draft. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Product to create.")] input: ProductCreateInput,
    ) -> Result<ProductCreatePayload, ResolverError> {
        let (patch, options) = input.decode()?;
        ProductCreatePayload::from_result(product::create(ctx.op(), patch, &options).await)
    }

    /// Changes a product. Fields left out keep their value. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product, and the change.")] input: ProductUpdateInput,
    ) -> Result<ProductUpdatePayload, ResolverError> {
        let (id, version, patch) = input.decode()?;
        ProductUpdatePayload::from_result(product::update(ctx.op(), id, version, patch).await)
    }

    /// Makes a product visible to all. A variant must be on sale. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Product to publish.")] input: ProductPublishInput,
    ) -> Result<ProductPublishPayload, ResolverError> {
        let id = ProductId::from_global(&input.id, "input.id")?;
        ProductPublishPayload::from_result(product::publish(ctx.op(), id).await)
    }

    /// Hides a product from shoppers. It can be published again. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Product to archive.")] input: ProductArchiveInput,
    ) -> Result<ProductArchivePayload, ResolverError> {
        let id = ProductId::from_global(&input.id, "input.id")?;
        ProductArchivePayload::from_result(product::archive(ctx.op(), id).await)
    }

    /// Deletes a product to which nothing refers: one that was never ordered and never had stock. Archive
    /// others. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Product to delete.")] input: ProductDeleteInput,
    ) -> Result<ProductDeletePayload, ResolverError> {
        let id = ProductId::from_global(&input.id, "input.id")?;
        let deleted = product::delete(ctx.op(), id).await;
        ProductDeletePayload::from_result(deleted.map(|id| id.global()))
    }

    /// Creates a product, or updates the one that there is, with its options, variants and prices in one call. The same call
    /// twice changes nothing: `changed` is false then. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product as it shall be.")] input: ProductSetInput,
    ) -> Result<ProductSetPayload, ResolverError> {
        let result = product::set(ctx.op(), input.decode()?).await;
        ProductSetPayload::from_result(result, |(product, changed)| (Some(product.into()), Some(changed)))
    }

    /// Adds an option to a product. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_option_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product, and the option to add.")] input: ProductOptionCreateInput,
    ) -> Result<ProductOptionCreatePayload, ResolverError> {
        let (id, option, default) = input.decode()?;
        let result = product::option_create(ctx.op(), id, &option, default.as_deref()).await;
        ProductOptionCreatePayload::from_result(result)
    }

    /// Changes an option: its name, its values, its place. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_option_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The option, and the change.")] input: ProductOptionUpdateInput,
    ) -> Result<ProductOptionUpdatePayload, ResolverError> {
        let (id, patch) = input.decode()?;
        ProductOptionUpdatePayload::from_result(product::option_update(ctx.op(), id, &patch).await)
    }

    /// Removes an option. Variants on sale must differ without it. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn product_option_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Option to remove.")] input: ProductOptionDeleteInput,
    ) -> Result<ProductOptionDeletePayload, ResolverError> {
        let id = ProductOptionId::from_global(&input.id, "input.id")?;
        ProductOptionDeletePayload::from_result(product::option_delete(ctx.op(), id).await)
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
