//! Changing stock.

use async_graphql::{Context, Object};
use entity::VariantId;

use super::types::*;
use crate::{
    domain::inventory::{self, Policy},
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct InventoryMutation;

#[Object]
impl InventoryMutation {
    /// Adds received pieces to the stock of a variant. Requires `INVENTORY_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::InventoryEdit))]
    async fn stock_receive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant and the number of pieces.")] input: StockReceiveInput,
    ) -> Result<StockReceivePayload, ResolverError> {
        let change = change(&input.id, input.note.as_deref(), &input.idempotency_key)?;
        StockReceivePayload::from_result(inventory::receive(ctx.op(), change, input.quantity).await)
    }

    /// Corrects the stock of a variant by a difference, with a reason. It may fall below what is reserved for orders, but not
    /// below 0. Requires `INVENTORY_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::InventoryEdit))]
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant, the difference and its reason.")] input: StockAdjustInput,
    ) -> Result<StockAdjustPayload, ResolverError> {
        let change = change(&input.id, input.note.as_deref(), &input.idempotency_key)?;
        let adjusted = inventory::adjust(ctx.op(), change, input.delta, input.reason.into()).await;
        StockAdjustPayload::from_result(adjusted, |level| {
            let below_reserved = level.available < 0;
            (Some(level.into()), Some(below_reserved))
        })
    }

    /// Sets the stock of a variant to a counted number. It may fall below what is reserved for orders. A count that equals
    /// the stock records no movement. Requires `INVENTORY_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::InventoryEdit))]
    async fn stock_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant and the counted number.")] input: StockSetInput,
    ) -> Result<StockSetPayload, ResolverError> {
        let change = change(&input.id, input.note.as_deref(), &input.idempotency_key)?;
        let set = inventory::set(ctx.op(), change, input.on_hand, input.expected_on_hand).await;
        StockSetPayload::from_result(set)
    }

    /// Sets how the stock of a variant is sold: counted or not, how far beyond the stock, and when it is low. Requires
    /// `INVENTORY_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::InventoryEdit))]
    async fn stock_policy_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant, and the fields to change.")] input: StockPolicySetInput,
    ) -> Result<StockPolicySetPayload, ResolverError> {
        let id = VariantId::from_global(&input.id, "input.id")?;
        let StockPolicySetInput { tracked, backorder_limit, low_stock_threshold, .. } = input;
        let policy = Policy { tracked, backorder_limit, low_threshold: low_stock_threshold };
        StockPolicySetPayload::from_result(inventory::policy_set(ctx.op(), id, policy).await)
    }
}
