//! Reading dead letters.

use async_graphql::{Context, Object};

use super::types::DeadLetterConnection;
use crate::{
    domain::dead_letter,
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct DeadLetterQuery;

#[Object]
impl DeadLetterQuery {
    /// The jobs that failed their last attempt, the latest first. Requires `SETTINGS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::SettingsEdit)
    )]
    async fn dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of dead letters from the start, 0 to 100; default 20.")]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of dead letters from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<DeadLetterConnection, ResolverError> {
        connection(ctx, dead_letter::list(ctx.op()).await?, PageArgs { first, after, last, before }).await
    }
}
