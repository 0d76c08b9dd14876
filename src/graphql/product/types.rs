//! Products, variants, and the inputs that choose among them.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::{CategoryId, ProductId, product as product_row, variant};

use super::{category::Category, loader::VariantsOf};
use crate::{
    domain::{
        money::Money as Amount,
        product::{Filter, PriceRange, Sort, SortKey},
    },
    graphql::{
        context::ContextExt,
        cost::list_size,
        error::ResolverError,
        id::Node,
        list::{SortDirection, search},
        loader::missing,
        scalar::{CurrencyCode, Decimal, Money, Timestamp},
    },
};

/// Something that the shop sells. What can be bought are its variants.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Product {
    #[graphql(skip)]
    key: ProductId,
    #[graphql(skip)]
    category_key: CategoryId,
    /// The product's global id.
    pub(in crate::graphql) id: ID,
    /// The name in addresses, unique in the shop.
    slug: String,
    /// The name for people.
    name: String,
    /// What the product is, as plain text.
    description: String,
    /// When the product was added.
    created_at: Timestamp,
    /// When the product last changed.
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
    /// The category that the product is in.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category, ResolverError> {
        let category = ctx.loader().load_one(self.category_key).await?;
        Ok(category.ok_or_else(|| missing("category of a product"))?.into())
    }

    /// What can be bought of the product, in the order in which to show it.
    #[graphql(directive = list_size::apply(3, None))]
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<Variant>, ResolverError> {
        let variants = ctx.loader().load_one(VariantsOf(self.key)).await?;
        ctx.take_rows(variants.as_ref().map_or(0, |variants| variants.len()))?;
        Ok(variants.iter().flat_map(|variants| variants.iter()).map(Variant::from).collect())
    }
}

/// One size, colour or pack of a product: what is put into a cart.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Variant {
    #[graphql(skip)]
    product_key: ProductId,
    /// The variant's global id.
    pub(in crate::graphql) id: ID,
    /// The stock keeping unit, unique in the shop.
    sku: String,
    /// What sets the variant apart from the product's others.
    name: String,
    /// The price of one piece.
    price: Money,
    /// How many pieces are in stock.
    on_hand: i32,
}

impl From<&variant::Model> for Variant {
    fn from(row: &variant::Model) -> Self {
        Self {
            product_key: row.product_id,
            id: row.id.global(),
            sku: row.sku.clone(),
            name: row.name.clone(),
            price: Amount { minor: row.price_minor, currency: row.currency }.into(),
            on_hand: row.on_hand,
        }
    }
}

#[ComplexObject]
impl Variant {
    /// The product that this is a variant of.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product, ResolverError> {
        let product = ctx.loader().load_one(self.product_key).await?;
        Ok(product.ok_or_else(|| missing("product of a variant"))?.into())
    }
}

/// Which products are wanted: those that meet every condition given.
#[derive(InputObject)]
pub(super) struct ProductFilter {
    /// In this category or in one below it.
    category: Option<ID>,
    /// With this text somewhere in the name, in capital or small letters.
    search: Option<String>,
    /// With (true) or without (false) a variant in stock.
    in_stock: Option<bool>,
    /// With a variant of a price in this range.
    price: Option<PriceRangeInput>,
}

/// A range of prices, both ends included.
#[derive(InputObject)]
struct PriceRangeInput {
    /// The currency that the variant is priced in.
    currency: CurrencyCode,
    /// Not below this amount.
    min: Option<Decimal>,
    /// Not above this amount.
    max: Option<Decimal>,
}

impl ProductFilter {
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        Ok(Filter {
            category: filter
                .category
                .map(|id| CategoryId::from_global(&id, "filter.category"))
                .transpose()?,
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

/// In which order products come; equal ones by their id.
#[derive(InputObject)]
pub(super) struct ProductSort {
    /// By what.
    key: ProductSortKey,
    /// In which direction.
    #[graphql(default)]
    direction: SortDirection,
}

/// By what products can be sorted.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "SortKey")]
enum ProductSortKey {
    /// When the product was added.
    CreatedAt,
    /// The name, letter by letter as the database compares text.
    Name,
}

impl ProductSort {
    /// The newest first, unless the client says otherwise.
    pub(super) fn decode(sort: Option<Self>) -> Sort {
        sort.map_or(Sort { key: SortKey::CreatedAt, descending: true }, |sort| Sort {
            key: sort.key.into(),
            descending: sort.direction == SortDirection::Desc,
        })
    }
}
