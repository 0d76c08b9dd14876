//! Inputs that select products.

use async_graphql::{Enum, ID, InputObject};
use entity::{CategoryId, CollectionId};

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
    /// Global id of a collection: products in it. A collection that the viewer does not see has none.
    collection: Option<ID>,
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
        let collection = filter.collection.map(|id| CollectionId::from_global(&id, "filter.collection"));
        Ok(Filter {
            category: category.transpose()?,
            collection: collection.transpose()?,
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
    /// Currency of `PRICE`; the shop's default currency by default.
    currency: Option<CurrencyCode>,
}

/// Sort key of products.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum ProductSortKey {
    /// Time at which the product was created.
    CreatedAt,
    /// Time of the last change of the product.
    UpdatedAt,
    /// Name, without regard to case and accents.
    Name,
    /// Lowest price of the variants on sale in `currency`. Products without a price in it are not in the list.
    Price,
    /// Place in the collection of `filter.collection`, which is required.
    Collection,
}

impl ProductSort {
    /// The newest first by default.
    pub(in crate::graphql::product) fn decode(
        sort: Option<Self>,
        filter: &Filter,
    ) -> Result<Sort, ResolverError> {
        let Some(sort) = sort else { return Ok(Sort { key: SortKey::CreatedAt, descending: true }) };
        let no_collection = "`sort.key` may be `COLLECTION` only with `filter.collection`.";
        let key = match sort.key {
            ProductSortKey::CreatedAt => SortKey::CreatedAt,
            ProductSortKey::UpdatedAt => SortKey::UpdatedAt,
            ProductSortKey::Name => SortKey::Name,
            ProductSortKey::Price => SortKey::Price(sort.currency.map(|currency| currency.0)),
            ProductSortKey::Collection => {
                SortKey::Collection(filter.collection.ok_or(ResolverError::bad_input(no_collection))?)
            }
        };
        Ok(Sort { key, descending: sort.direction == SortDirection::Desc })
    }
}
