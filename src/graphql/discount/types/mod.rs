//! Discounts.

pub(super) mod code;
pub(super) mod edit;

pub use code::{DiscountCode, DiscountCodeConnection};

use std::{hash::Hash, sync::Arc};

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject, dataloader};
use entity::{DiscountId, discount as row, discount_amount, discount_target};
use futures_util::future::try_join_all;

use crate::{
    domain::{
        discount::{self, Filter},
        kernel::{fault::Fault, money::Money as Amount, percentage::Percentage},
    },
    graphql::{
        kit::{
            context::ContextExt,
            cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
            error::ResolverError,
            id::Node,
            listing::{ListConnection, connection, search},
            load,
            loader::{Loader, loader},
            page::PageArgs,
            payload::user_errors,
            scalar::{CurrencyCode, Decimal, Money, Timestamp},
        },
        product::{Category, Collection, Product},
    },
};

pub type DiscountConnection = ListConnection<Discount>;

user_errors! {
    /// There are orders with the discount or the code, so it cannot be deleted.
    DiscountInUse
}

/// Rule that takes something off the price of carts. Visible with `DISCOUNTS_EDIT`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Discount {
    #[graphql(skip)]
    key: DiscountId,
    /// Global id of the discount.
    pub(in crate::graphql) id: ID,
    /// Name for shoppers.
    name: String,
    /// Effect.
    kind: DiscountKind,
    /// Percentage with up to four decimal digits, like `12.5`; null for other kinds than `PERCENTAGE`.
    percentage: Option<Decimal>,
    /// Whether the discount needs no code.
    is_automatic: bool,
    /// Whether the discount acts on the whole cart, and not only on products, categories and collections.
    is_for_whole_cart: bool,
    /// Lowest number of pieces that the discount acts on; null for none.
    minimum_quantity: Option<i32>,
    /// Time from which the discount acts.
    starts_at: Timestamp,
    /// Time from which the discount no longer acts; null for none.
    ends_at: Option<Timestamp>,
    /// Maximum number of orders with the discount; null for no limit.
    max_uses: Option<i32>,
    /// Maximum number of orders of one customer with the discount; null for no limit.
    max_uses_per_customer: Option<i32>,
    /// Number of orders with the discount.
    used: i32,
    /// Tag that the customer must have; null for all customers and guests.
    customer_tag: Option<String>,
    /// Priority: higher ones are applied first.
    priority: i32,
    /// Whether the discount is applied beside others.
    is_combinable: bool,
    /// Whether the discount acts at all.
    is_active: bool,
    /// Number of the last change, from 1.
    version: i32,
    /// Time of creation.
    created_at: Timestamp,
    /// Time of the last change.
    updated_at: Timestamp,
}

/// Effect of a discount.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "row::Kind")]
pub(in crate::graphql) enum DiscountKind {
    /// A part of the price.
    Percentage,
    /// An amount off the price.
    Amount,
    /// An amount that each piece costs at most.
    FixedPrice,
    /// Shipping costs nothing.
    FreeShipping,
}

impl From<row::Model> for Discount {
    fn from(row: row::Model) -> Self {
        Self {
            key: row.id,
            id: row.id.global(),
            name: row.name,
            kind: row.kind.into(),
            percentage: row.ppm.map(|ppm| Decimal(Percentage::of_ppm(ppm.unsigned_abs()).to_string())),
            is_automatic: row.is_automatic,
            is_for_whole_cart: !row.is_limited,
            minimum_quantity: row.minimum_quantity,
            starts_at: Timestamp(row.starts_at),
            ends_at: row.ends_at.map(Timestamp),
            max_uses: row.max_uses,
            max_uses_per_customer: row.max_uses_per_customer,
            used: row.used.try_into().unwrap_or(i32::MAX),
            customer_tag: row.account_tag,
            priority: row.priority,
            is_combinable: row.is_combinable,
            is_active: row.is_active,
            version: row.version,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

#[ComplexObject]
impl Discount {
    /// Amounts, one set for each currency.
    #[graphql(directive = list_size::apply(3, None))]
    async fn amounts(&self, ctx: &Context<'_>) -> Result<Vec<DiscountAmount>, ResolverError> {
        load::list(ctx, AmountsOf(self.key)).await
    }

    /// Products that the discount acts on, as far as the viewer sees them.
    #[graphql(directive = list_size::apply(3, None))]
    async fn products(&self, ctx: &Context<'_>) -> Result<Vec<Product>, ResolverError> {
        objects_of(ctx, self.targets(ctx, |target| target.product_id).await?).await
    }

    /// Categories on whose products, also those of categories below, the discount acts.
    #[graphql(directive = list_size::apply(3, None))]
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>, ResolverError> {
        objects_of(ctx, self.targets(ctx, |target| target.category_id).await?).await
    }

    /// Collections on whose products the discount acts, as far as the viewer sees them; also outside of their active period.
    #[graphql(directive = list_size::apply(3, None))]
    async fn collections(&self, ctx: &Context<'_>) -> Result<Vec<Collection>, ResolverError> {
        objects_of(ctx, self.targets(ctx, |target| target.collection_id).await?).await
    }

    /// Codes, the oldest first; none for an automatic discount.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments())
    )]
    async fn codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of codes from the start, 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of codes from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<DiscountCodeConnection, ResolverError> {
        let codes = discount::codes(ctx.op(), self.key).await?;
        connection(ctx, codes, PageArgs { first, after, last, before }).await
    }
}

/// The objects of those targets of a discount that are of one type.
async fn objects_of<K, N>(ctx: &Context<'_>, keys: Vec<K>) -> Result<Vec<N>, ResolverError>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = Fault>,
    N: From<<Loader as dataloader::Loader<K>>::Value>,
{
    ctx.charge_rows(keys.len())?;
    let found = try_join_all(keys.into_iter().map(|key| ctx.loader().load_one(key))).await?;
    Ok(found.into_iter().flatten().map(N::from).collect())
}

impl Discount {
    /// The keys of those targets that are of one type.
    async fn targets<K>(
        &self,
        ctx: &Context<'_>,
        key: fn(&discount_target::Model) -> Option<K>,
    ) -> Result<Vec<K>, ResolverError> {
        let targets = ctx.loader().load_one(TargetsOf(self.key)).await?;
        Ok(targets.iter().flat_map(|targets| targets.iter()).filter_map(key).collect())
    }
}

/// Amounts of a discount in one currency.
#[derive(SimpleObject)]
pub(super) struct DiscountAmount {
    /// Currency.
    currency: CurrencyCode,
    /// Amount that is taken off, or the price of a piece; null for percentages and free shipping.
    amount: Option<Money>,
    /// Lowest price, before discounts, of what the discount acts on; null for none.
    minimum: Option<Money>,
}

impl From<discount_amount::Model> for DiscountAmount {
    fn from(row: discount_amount::Model) -> Self {
        let money = |minor| Money::from(Amount { minor, currency: row.currency });
        Self {
            currency: CurrencyCode(row.currency),
            amount: row.amount.map(money),
            minimum: row.minimum.map(money),
        }
    }
}

/// Conditions on discounts; all that are given must hold.
#[derive(InputObject)]
pub(super) struct DiscountFilter {
    /// Text in the name, at most 200 characters. Upper and lower case are the same.
    search: Option<String>,
    /// One of the codes, whole; upper and lower case are the same.
    code: Option<String>,
    /// Effect.
    kind: Option<DiscountKind>,
    /// Whether the discount needs no code.
    is_automatic: Option<bool>,
    /// Whether the discount acts at all.
    is_active: Option<bool>,
}

impl DiscountFilter {
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        Ok(Filter {
            search: search(filter.search)?,
            code: filter.code,
            kind: filter.kind.map(Into::into),
            is_automatic: filter.is_automatic,
            is_active: filter.is_active,
        })
    }
}

loader!(DiscountId => row::Model, discount::by_ids);
loader! {
    /// Loads the amounts of a discount, by currency.
    AmountsOf(DiscountId) => Arc<[discount_amount::Model]>, discount::amounts_of
}
loader! {
    /// Loads the targets of a discount.
    TargetsOf(DiscountId) => Arc<[discount_target::Model]>, discount::targets_of
}
