//! Categories, products and variants, and the inputs that select products.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::{CategoryId, ProductId, VariantId, category, product as product_row, variant};

use crate::{
    domain::{
        kernel::money::Money as Amount,
        product::{self, Filter, PriceRange, Sort, SortKey},
    },
    graphql::kit::{
        cost::list_size,
        error::ResolverError,
        id::Node,
        listing::{ListConnection, SortDirection, search},
        load,
        loader::loader,
        scalar::{CurrencyCode, Decimal, Money, Timestamp},
    },
};

/// A group of products. Categories form a tree.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Category {
    #[graphql(skip)]
    key: CategoryId,
    #[graphql(skip)]
    parent_key: Option<CategoryId>,
    /// Global id of the category.
    pub(in crate::graphql) id: ID,
    /// Name in URLs, unique in the shop.
    slug: String,
    /// Display name.
    name: String,
    /// Description, as plain text.
    description: String,
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self {
            key: row.id,
            parent_key: row.parent_id,
            id: row.id.global(),
            slug: row.slug,
            name: row.name,
            description: row.description,
        }
    }
}

#[ComplexObject]
impl Category {
    /// Parent category; null at the top of the tree.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self, ResolverError>> {
        load::optional(ctx, self.parent_key?).await
    }

    /// Child categories, in display order.
    #[graphql(directive = list_size::apply(5, None))]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ResolverError> {
        load::list(ctx, ChildrenOf(self.key)).await
    }
}

/// An article of the shop. Customers buy its variants.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Product {
    #[graphql(skip)]
    key: ProductId,
    #[graphql(skip)]
    category_key: CategoryId,
    /// Global id of the product.
    pub(in crate::graphql) id: ID,
    /// Name in URLs, unique in the shop.
    slug: String,
    /// Display name.
    name: String,
    /// Description, as plain text.
    description: String,
    /// Time at which the product was created.
    created_at: Timestamp,
    /// Time of the last change of the product.
    updated_at: Timestamp,
}

impl From<product_row::Model> for Product {
    fn from(row: product_row::Model) -> Self {
        Self {
            key: row.id,
            category_key: row.category_id,
            id: row.id.global(),
            slug: row.slug,
            name: row.name,
            description: row.description,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

#[ComplexObject]
impl Product {
    /// Category of the product.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category, ResolverError> {
        load::required(ctx, self.category_key, "category of a product").await
    }

    /// Variants of the product, in display order.
    #[graphql(directive = list_size::apply(3, None))]
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<Variant>, ResolverError> {
        load::list(ctx, VariantsOf(self.key)).await
    }
}

/// A size, colour or package of a product: the unit that is bought.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Variant {
    #[graphql(skip)]
    product_key: ProductId,
    /// Global id of the variant.
    pub(in crate::graphql) id: ID,
    /// Stock keeping unit, unique in the shop.
    sku: String,
    /// Name that distinguishes the variant from the others of the product.
    name: String,
    /// Price of one piece.
    price: Money,
    /// Number of pieces in stock.
    on_hand: i32,
}

impl From<variant::Model> for Variant {
    fn from(row: variant::Model) -> Self {
        Self {
            product_key: row.product_id,
            id: row.id.global(),
            sku: row.sku,
            name: row.name,
            price: Amount { minor: row.price_minor, currency: row.currency }.into(),
            on_hand: row.on_hand,
        }
    }
}

#[ComplexObject]
impl Variant {
    /// Product of the variant.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product, ResolverError> {
        load::required(ctx, self.product_key, "product of a variant").await
    }
}

/// A page of a list of categories.
pub type CategoryConnection = ListConnection<Category>;

/// A page of a list of products.
pub type ProductConnection = ListConnection<Product>;

loader!(CategoryId => category::Model, product::categories_by_ids);
loader!(ProductId => product_row::Model, product::by_ids);
loader!(VariantId => variant::Model, product::variants_by_ids);
loader! {
    /// Loads the children of a category, in display order.
    ChildrenOf(CategoryId) => Arc<[category::Model]>, product::children_of
}
loader! {
    /// Loads the variants of a product, in display order.
    VariantsOf(ProductId) => Arc<[variant::Model]>, product::variants_of
}

/// Conditions on products; all that are given must hold.
#[derive(InputObject)]
pub(super) struct ProductFilter {
    /// Global id of a category: products in it and in the categories below it.
    category: Option<ID>,
    /// Text in the name, at most 200 characters. Upper and lower case are the same.
    search: Option<String>,
    /// Whether a variant is in stock.
    in_stock: Option<bool>,
    /// Price range of a variant.
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
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        let category = filter.category.map(|id| CategoryId::from_global(&id, "filter.category"));
        Ok(Filter {
            category: category.transpose()?,
            search: search(filter.search)?,
            in_stock: filter.in_stock,
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
pub(super) struct ProductSort {
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
    /// Name, character by character as the database compares text.
    Name,
}

impl ProductSort {
    /// The newest first by default.
    pub(super) fn decode(sort: Option<Self>) -> Sort {
        sort.map_or(Sort { key: SortKey::CreatedAt, descending: true }, |sort| Sort {
            key: sort.key.into(),
            descending: sort.direction == SortDirection::Desc,
        })
    }
}
