//! Reading API keys.

use async_graphql::{Context, Object, connection::Connection};
use chrono::DateTime;

use super::types::ApiKey;
use crate::{
    domain::{api_key, page::SortValue},
    graphql::{
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// Queries on API keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// All API keys of the shop, also those that are no good any more, the newest first. Needs the permission
    /// SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many keys from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only keys behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many keys from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only keys before this cursor.")] before: Option<String>,
    ) -> Result<ApiKeyConnection, ResolverError> {
        let page = PageArgs { first, after, last, before }.decode(&LIST)?;
        let keys = api_key::list(ctx.op(), &page).await?;
        Ok(connection(&LIST, keys, api_key::position, ApiKeyTotal))
    }
}

const LIST: List = List { name: "api_key.created_at", sample: SortValue::Time(DateTime::UNIX_EPOCH) };

/// A page of a list of API keys.
pub type ApiKeyConnection = Connection<Cursor, ApiKey, ApiKeyTotal>;

/// What a connection of API keys knows beyond its page.
pub struct ApiKeyTotal;

#[Object]
impl ApiKeyTotal {
    /// How many keys there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(api_key::count(ctx.op()).await?)
    }
}
