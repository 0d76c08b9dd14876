//! Changing variants and their prices.

use async_graphql::{Context, Object};
use entity::{ProductId, VariantId};

use super::types::{
    VariantArchiveInput, VariantArchivePayload, VariantCreateInput, VariantCreatePayload, VariantInput,
    VariantPricesSetInput, VariantPricesSetPayload, VariantUpdateInput, VariantUpdatePayload,
    VariantsCreateInput, VariantsCreatePayload, VariantsReorderInput, VariantsReorderPayload,
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

/// Mutations on variants.
#[derive(Default)]
pub struct VariantMutation;

#[Object]
impl VariantMutation {
    /// Creates a variant of a product. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variant_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Variant to create.")] input: VariantCreateInput,
    ) -> Result<VariantCreatePayload, ResolverError> {
        let (product, variant) = input.decode()?;
        VariantCreatePayload::from_result(product::variant_create(ctx.op(), product, variant).await)
    }

    /// Creates variants of a product. Each is created or refused by itself. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variants_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Variants to create.")] input: VariantsCreateInput,
    ) -> Result<VariantsCreatePayload, ResolverError> {
        let product = ProductId::from_global(&input.product_id, "input.productId")?;
        let decode = |(index, item): (usize, VariantInput)| item.decode(&format!("input.variants[{index}]"));
        let items: Vec<_> = input.variants.into_iter().enumerate().map(decode).collect::<Result<_, _>>()?;
        let results = match product::variants_create(ctx.op(), product, &items).await {
            Ok(items) => {
                Ok(items.into_iter().map(VariantCreatePayload::from_result).collect::<Result<Vec<_>, _>>()?)
            }
            Err(error) => Err(error),
        };
        VariantsCreatePayload::from_result(results)
    }

    /// Changes a variant. Fields left out keep their value. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variant_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant, and the change.")] input: VariantUpdateInput,
    ) -> Result<VariantUpdatePayload, ResolverError> {
        let (id, version, patch) = input.decode()?;
        VariantUpdatePayload::from_result(product::variant_update(ctx.op(), id, version, patch).await)
    }

    /// Takes a variant off sale, or puts it on sale again. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variant_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant.")] input: VariantArchiveInput,
    ) -> Result<VariantArchivePayload, ResolverError> {
        let id = VariantId::from_global(&input.id, "input.id")?;
        VariantArchivePayload::from_result(product::variant_archive(ctx.op(), id, input.archived).await)
    }

    /// Puts variants of a product first, in the given order; the others follow in their present order. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn variants_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product, and the order of its variants.")] input: VariantsReorderInput,
    ) -> Result<VariantsReorderPayload, ResolverError> {
        let product = ProductId::from_global(&input.id, "input.id")?;
        let ids = input.variant_ids.iter().map(|id| VariantId::from_global(id, "input.variantIds"));
        let ids: Vec<_> = ids.collect::<Result<_, _>>()?;
        VariantsReorderPayload::from_result(product::variants_reorder(ctx.op(), product, &ids).await)
    }

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
}
