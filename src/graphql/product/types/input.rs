//! Inputs that select products.

use async_graphql::{Enum, ID, InputObject};
use entity::CategoryId;

use super::{Availability, ProductStatus};
use crate::{
    domain::{
        kernel::money::Money as Amount,
        product::{Filter, PriceRange, Sort, SortKey},
    },
    graphql::kit::{
        error::ResolverError,
        id::Node,
        listing::{SortDirection, search},
        scalar::{CurrencyCode, Decimal},
    },
};

/// Conditions on products; all that are given must hold.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductFilter {
    /// Status. Viewers without `PRODUCTS_EDIT` see active products only, and may not ask for others.
    status: Option<ProductStatus>,
    /// Global id of a category: products in it and in the categories below it.
    category: Option<ID>,
    /// Tag of the product.
    tag: Option<String>,
    /// Text in the name, or in the SKU or barcode of a variant, at most 200 characters. Upper and lower case are the same.
    search: Option<String>,
    /// Availabilities: products with a variant on sale that has one of them.
    availability: Option<Vec<Availability>>,
    /// Price range of a variant on sale.
    price: Option<PriceRangeInput>,
}

/// A range of prices.
#[derive(InputObject)]
struct PriceRangeInput {
    /// Currency of the variant's price.
    currency: CurrencyCode,
    /// Lowest amount, inclusive.
    min: Option<Decimal>,
    /// Highest amount, inclusive.
    max: Option<Decimal>,
}

impl ProductFilter {
    pub(in crate::graphql::product) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        let category = filter.category.map(|id| CategoryId::from_global(&id, "filter.category"));
        Ok(Filter {
            category: category.transpose()?,
            status: filter.status.map(Into::into),
            tag: filter.tag,
            search: search(filter.search)?,
            availability: filter.availability.map(|all| all.into_iter().map(Into::into).collect()),
            price: filter.price.map(PriceRangeInput::decode).transpose()?,
        })
    }
}

impl PriceRangeInput {
    fn decode(self) -> Result<PriceRange, ResolverError> {
        let currency = self.currency.0;
        let amount = |name: &str, amount: Option<Decimal>| {
            amount
                .map(|amount| Amount::parse(&amount.0, currency))
                .transpose()
                .map(|amount| amount.map(|amount| amount.minor))
                .map_err(|error| ResolverError::bad_input(format!("`filter.price.{name}`: {error}.")))
        };
        Ok(PriceRange { currency, min_minor: amount("min", self.min)?, max_minor: amount("max", self.max)? })
    }
}

/// Order of products; those with equal sort keys are ordered by id.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductSort {
    /// Sort key.
    key: ProductSortKey,
    /// Direction.
    #[graphql(default)]
    direction: SortDirection,
}

/// Sort key of products.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "SortKey")]
enum ProductSortKey {
    /// Time at which the product was created.
    CreatedAt,
    /// Time of the last change of the product.
    UpdatedAt,
    /// Name, without regard to case and accents.
    Name,
}

impl ProductSort {
    /// The newest first by default.
    pub(in crate::graphql::product) fn decode(sort: Option<Self>) -> Sort {
        sort.map_or(Sort { key: SortKey::CreatedAt, descending: true }, |sort| Sort {
            key: sort.key.into(),
            descending: sort.direction == SortDirection::Desc,
        })
    }
}
