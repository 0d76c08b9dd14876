//! Reading dead letters.

use async_graphql::{Context, Object, connection::Connection};
use chrono::DateTime;

use super::types::DeadLetter;
use crate::{
    domain::{outbox, page::SortValue},
    graphql::{
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// Queries on dead letters.
#[derive(Default)]
pub struct DeadLetterQuery;

#[Object]
impl DeadLetterQuery {
    /// What the shop could not do, like sending a mail, and has given up, the latest first. Needs the permission
    /// SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many dead letters from the start, at most 100; 20 without `first` and `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only dead letters behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many dead letters from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only dead letters before this cursor.")] before: Option<String>,
    ) -> Result<DeadLetterConnection, ResolverError> {
        let page = PageArgs { first, after, last, before }.decode(&LIST)?;
        let letters = outbox::dead_letters(ctx.op(), &page).await?;
        Ok(connection(&LIST, letters, outbox::DeadLetter::position, DeadLetterTotal))
    }
}

const LIST: List = List { name: "outbox.dead_at", sample: SortValue::Time(DateTime::UNIX_EPOCH) };

/// A page of a list of dead letters.
pub type DeadLetterConnection = Connection<Cursor, DeadLetter, DeadLetterTotal>;

/// What a connection of dead letters knows beyond its page.
pub struct DeadLetterTotal;

#[Object]
impl DeadLetterTotal {
    /// How many dead letters there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(outbox::count_dead(ctx.op()).await?)
    }
}
