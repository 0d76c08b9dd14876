//! Reading stock.

use async_graphql::{Context, ID, Object};
use entity::VariantId;

use super::types::{StockLevelConnection, StockMovementConnection, StockMovementKind};
use crate::{
    domain::inventory::{self, MovementFilter},
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct InventoryQuery;

#[Object]
impl InventoryQuery {
    /// Movements of stock, the latest first. Requires `INVENTORY_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::InventoryEdit)
    )]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of a variant; all variants by default.")] variant_id: Option<ID>,
        #[graphql(desc = "Kind of the movements; all kinds by default.")] kind: Option<StockMovementKind>,
        #[graphql(desc = "Maximum number of movements from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of movements from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<StockMovementConnection, ResolverError> {
        let variant = variant_id.map(|id| VariantId::from_global(&id, "variantId")).transpose()?;
        let filter = MovementFilter { variant, kind: kind.map(Into::into) };
        let movements = inventory::movements(ctx.op(), filter).await?;
        connection(ctx, movements, PageArgs { first, after, last, before }).await
    }

    /// Stock levels that are counted and at or below their low-stock threshold, the least available first. Levels with more
    /// pieces reserved than on hand have a negative number available and come before all others. Requires `INVENTORY_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::InventoryEdit)
    )]
    async fn low_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of levels from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of levels from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<StockLevelConnection, ResolverError> {
        connection(ctx, inventory::low_stock(ctx.op()).await?, PageArgs { first, after, last, before }).await
    }
}
