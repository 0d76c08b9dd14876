//! Reading customers.

use async_graphql::{Context, ID, Object};
use entity::AccountId;

use super::types::{Customer, CustomerConnection, CustomerFilter, CustomerSort};
use crate::{
    domain::customer,
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
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// One customer; null if there is none with this id. Requires `CUSTOMERS_VIEW`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::CustomersView))]
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the customer's account.")] id: ID,
    ) -> Option<Result<Customer, ResolverError>> {
        find(ctx, &id).await.transpose()
    }

    /// The customers of the shop, the newest first by default. Requires `CUSTOMERS_VIEW`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::CustomersView)
    )]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Filter; all customers by default.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "Order; the newest first by default.")] sort: Option<CustomerSort>,
        #[graphql(desc = "Maximum number of customers from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of customers from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<CustomerConnection, ResolverError> {
        let filter = CustomerFilter::decode(filter)?;
        let customers = customer::list(ctx.op(), &filter, CustomerSort::decode(sort)).await?;
        connection(ctx, customers, PageArgs { first, after, last, before }).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Customer>, ResolverError> {
    let id = AccountId::from_global(id, "id")?;
    Ok(customer::by_id(ctx.op(), id).await?.map(Customer::from))
}
