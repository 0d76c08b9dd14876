//! Lists of accounts. All of them are connections of one type, which knows what is counted.

use async_graphql::{Context, Object, connection::Connection};

use super::Account;
use crate::{
    domain::{customer, staff},
    graphql::{
        context::ContextExt,
        cost::{COUNT, cost},
        error::ResolverError,
        page::Cursor,
    },
};

/// A page of a list of accounts.
pub type AccountConnection = Connection<Cursor, Account, AccountTotal>;

/// What a connection of accounts knows beyond its page.
pub enum AccountTotal {
    /// Customers that pass this.
    Customers(customer::Filter),
    /// Those who work in the shop.
    Staff,
}

#[Object]
impl AccountTotal {
    /// How many accounts there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(match self {
            Self::Customers(filter) => customer::count(ctx.op(), filter).await?,
            Self::Staff => staff::count_members(ctx.op()).await?,
        })
    }
}
