//! Changing discounts and their codes.

use async_graphql::{Context, Object};
use entity::{DiscountCodeId, DiscountId};

use super::types::{code::*, edit::*};
use crate::{
    domain::discount,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

/// Mutations on discounts and codes.
#[derive(Default)]
pub struct DiscountMutation;

#[Object]
impl DiscountMutation {
    /// Creates a discount. One that is not automatic needs codes: `discountCodesAdd`, `discountCodesGenerate`. Requires
    /// `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount.")] input: DiscountCreateInput,
    ) -> Result<DiscountCreatePayload, ResolverError> {
        DiscountCreatePayload::from_result(discount::create(ctx.op(), input.decode()?).await)
    }

    /// Changes a discount. Fields left out keep their value. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount, and the fields to change.")] input: DiscountUpdateInput,
    ) -> Result<DiscountUpdatePayload, ResolverError> {
        let (id, version, patch) = input.decode()?;
        DiscountUpdatePayload::from_result(discount::update(ctx.op(), id, version, patch).await)
    }

    /// Deletes a discount with its codes, unless there are orders with it. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount.")] input: DiscountDeleteInput,
    ) -> Result<DiscountDeletePayload, ResolverError> {
        let id = DiscountId::from_global(&input.id, "input.id")?;
        let deleted = discount::delete(ctx.op(), id).await;
        DiscountDeletePayload::from_result(deleted.map(|()| id.global()))
    }

    /// Adds codes to a discount: all of them, or none. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_codes_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount, and the codes.")] input: DiscountCodesAddInput,
    ) -> Result<DiscountCodesAddPayload, ResolverError> {
        let (id, codes) = input.decode()?;
        let added = discount::codes_add(ctx.op(), id, &codes).await;
        let added = added.map(|rows| rows.into_iter().map(DiscountCode::from).collect::<Vec<_>>());
        DiscountCodesAddPayload::from_result(added)
    }

    /// Generates random codes of a discount, of digits and upper case letters without `0`, `O`, `1` and `I`. Requires
    /// `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_codes_generate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The discount, and the form of the codes.")] input: DiscountCodesGenerateInput,
    ) -> Result<DiscountCodesGeneratePayload, ResolverError> {
        let id = DiscountId::from_global(&input.discount_id, "input.discountId")?;
        let made = discount::codes_generate(ctx.op(), id, input.into()).await;
        let made = made.map(|rows| rows.into_iter().map(|row| row.code).collect::<Vec<_>>());
        DiscountCodesGeneratePayload::from_result(made)
    }

    /// Deletes a code, unless there are orders with it. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_code_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: DiscountCodeDeleteInput,
    ) -> Result<DiscountCodeDeletePayload, ResolverError> {
        let id = DiscountCodeId::from_global(&input.id, "input.id")?;
        let deleted = discount::code_delete(ctx.op(), id).await;
        DiscountCodeDeletePayload::from_result(deleted.map(|()| id.global()))
    }
}
