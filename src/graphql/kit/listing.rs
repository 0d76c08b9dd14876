//! Relay connections of lists of `domain`, and helpers for filters and sorts.

use async_graphql::{
    Context, Enum, Object, OutputType,
    connection::{Connection, Edge},
};

use super::{
    context::ContextExt,
    cost::{COUNT, cost},
    error::ResolverError,
    page::{Cursor, PageArgs},
};
use crate::domain::{
    database::{Listable, Listing, ListingCount},
    kernel::text::{Search, SearchTooLong},
};

/// A page of a list of objects `N`, with the list's total.
pub type ListConnection<N> = Connection<Cursor, N, Total>;

/// Data of a connection beyond its page.
pub struct Total(ListingCount);

#[Object]
impl Total {
    /// Number of objects on all pages, exact up to 10,000; 10,001 stands for more. Counted only when it is selected.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(self.0.read(ctx.op().db()).await?)
    }
}

/// Reads the page of `listing` that `args` select.
pub(in crate::graphql) async fn connection<E, N>(
    ctx: &Context<'_>,
    listing: Listing<E>,
    args: PageArgs,
) -> Result<ListConnection<N>, ResolverError>
where
    E: Listable,
    N: OutputType + From<E::Model>,
{
    let request = args.decode(listing.name(), &listing.sample())?;
    let page = listing.page(&request, ctx.op().db()).await?;
    let total = Total(listing.count());
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, total);
    for (position, row) in page.rows {
        let cursor = Cursor::new(listing.name().to_owned(), position);
        connection.edges.push(Edge::new(cursor, N::from(row)));
    }
    Ok(connection)
}

/// The direction of a sort.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum SortDirection {
    /// From the lowest to the highest, from the oldest to the newest.
    #[default]
    Asc,
    /// From the highest to the lowest, from the newest to the oldest.
    Desc,
}

/// The text of `filter.search`; an empty one does not filter.
pub(in crate::graphql) fn search(text: Option<String>) -> Result<Option<Search>, ResolverError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: SearchTooLong| ResolverError::bad_input(format!("`filter.search` is {error}.")))
}
