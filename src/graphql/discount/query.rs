//! Reading discounts.

use async_graphql::{Context, ID, Object};
use entity::DiscountId;

use super::types::{Discount, DiscountConnection, DiscountFilter};
use crate::{
    domain::discount,
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

/// Queries for discounts.
#[derive(Default)]
pub struct DiscountQuery;

#[Object]
impl DiscountQuery {
    /// One discount; null if there is none with this id. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the discount.")] id: ID,
    ) -> Option<Result<Discount, ResolverError>> {
        find(ctx, &id).await.transpose()
    }

    /// Discounts, the newest first. Requires `DISCOUNTS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::DiscountsEdit)
    )]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn discounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Filter; all discounts by default.")] filter: Option<DiscountFilter>,
        #[graphql(desc = "Maximum number of discounts from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of discounts from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<DiscountConnection, ResolverError> {
        let filter = DiscountFilter::decode(filter)?;
        let discounts = discount::list(ctx.op(), &filter).await?;
        connection(ctx, discounts, PageArgs { first, after, last, before }).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Discount>, ResolverError> {
    let id = DiscountId::from_global(id, "id")?;
    Ok(discount::by_id(ctx.op(), id).await?.map(Discount::from))
}
