//! What the filters and sorts of lists have in common.

use async_graphql::Enum;

use super::error::ResolverError;
use crate::domain::search::{Search, SearchTooLong};

/// The direction of a sort.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub(super) enum SortDirection {
    /// From the lowest to the highest, from the oldest to the newest.
    #[default]
    Asc,
    /// From the highest to the lowest, from the newest to the oldest.
    Desc,
}

/// The text of `filter.search`. An empty one looks for nothing.
pub(super) fn search(text: Option<String>) -> Result<Option<Search>, ResolverError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: SearchTooLong| ResolverError::bad_input(format!("`filter.search` is {error}.")))
}
