//! Reading customers.

use async_graphql::{Context, ID, Object};
use chrono::DateTime;
use entity::AccountId;

use super::types::{CustomerFilter, CustomerSort};
use crate::{
    domain::{
        customer::{self, Sort, SortKey},
        page::SortValue,
    },
    graphql::{
        account::{Account, AccountConnection, AccountTotal},
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        page::{List, PageArgs, connection},
    },
};

/// Queries on customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// One customer; null where there is none. Takes `CUSTOMERS_VIEW`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the customer's account.")] id: ID,
    ) -> Option<Result<Account, ResolverError>> {
        find(ctx, &id).await.transpose()
    }

    /// The customers of the shop, the newest first unless `sort` says otherwise. Takes `CUSTOMERS_VIEW`.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which customers are wanted; all without it.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "In which order they come.")] sort: Option<CustomerSort>,
        #[graphql(desc = "How many customers from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only customers behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many customers from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only customers before this cursor.")] before: Option<String>,
    ) -> Result<AccountConnection, ResolverError> {
        let filter = CustomerFilter::decode(filter)?;
        let sort = CustomerSort::decode(sort);
        let page = PageArgs { first, after, last, before }.decode(&list(sort))?;
        let customers = customer::list(ctx.op(), &filter, sort, &page).await?;
        Ok(connection(&list(sort), customers, |row| sort.position(row), AccountTotal::Customers(filter)))
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Account>, ResolverError> {
    let id = AccountId::from_global(id, "id")?;
    Ok(customer::by_id(ctx.op(), id).await?.map(Account::from))
}

/// The list that is sorted so. (A cursor holds a place, which both directions share.)
fn list(sort: Sort) -> List {
    match sort.key {
        SortKey::CreatedAt => {
            List { name: "customer.created_at", sample: SortValue::Time(DateTime::UNIX_EPOCH) }
        }
        SortKey::Email => List { name: "customer.email", sample: SortValue::Text(String::new()) },
        SortKey::Name => List { name: "customer.name", sample: SortValue::Text(String::new()) },
    }
}
