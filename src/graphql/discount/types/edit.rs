//! Inputs and payloads of the mutations on discounts.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CategoryId, CollectionId, DiscountId, ProductId};

use super::{Discount, DiscountInUse, DiscountKind};
use crate::{
    domain::discount::{self, DiscountPatch, NewAmount, NewDiscount, Targets},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::payload,
        scalar::{CurrencyCode, Decimal, Timestamp},
    },
};

/// Amounts of a discount in one currency, with at most as many decimal digits as the currency has.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountAmountInput {
    /// Currency, one of the shop's.
    currency: CurrencyCode,
    /// Amount that is taken off (`AMOUNT`, above 0), or the price of a piece (`FIXED_PRICE`). Required for these kinds, not allowed for
    /// others.
    amount: Option<Decimal>,
    /// Lowest price, before discounts, of what the discount acts on; null for none. A discount with a minimum in some currency
    /// does not act in currencies without one.
    minimum: Option<Decimal>,
}

impl From<DiscountAmountInput> for NewAmount {
    fn from(input: DiscountAmountInput) -> Self {
        Self {
            currency: input.currency.0,
            amount: input.amount.map(|amount| amount.0),
            minimum: input.minimum.map(|minimum| minimum.0),
        }
    }
}

/// New discount.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountCreateInput {
    /// Name for shoppers, 1 to 100 characters on one line.
    name: String,
    /// Effect. It cannot be changed later.
    kind: DiscountKind,
    /// Whether the discount needs no code. It cannot be changed later.
    #[graphql(default)]
    is_automatic: bool,
    /// Percentage above 0 and up to 100, with at most four decimal digits. Required for `PERCENTAGE`, not allowed for others.
    percentage: Option<Decimal>,
    /// Amounts, at most one set for each currency. `AMOUNT` and `FIXED_PRICE` do not act in a currency without one.
    #[graphql(default)]
    amounts: Vec<DiscountAmountInput>,
    /// Global ids of at most 100 products that the discount acts on. Without products, categories and collections it acts on
    /// the whole cart.
    product_ids: Option<Vec<ID>>,
    /// Global ids of at most 100 categories on whose products, also those of categories below, the discount acts.
    category_ids: Option<Vec<ID>>,
    /// Global ids of at most 100 collections on whose products the discount acts.
    collection_ids: Option<Vec<ID>>,
    /// Lowest number of pieces that the discount acts on, 1 to 999,900; no limit by default.
    minimum_quantity: Option<i32>,
    /// Time from which the discount acts; now by default.
    starts_at: Option<Timestamp>,
    /// Time, after `startsAt`, from which the discount no longer acts; none by default.
    ends_at: Option<Timestamp>,
    /// Maximum number of orders with the discount, 1 to 1,000,000,000; no limit by default.
    max_uses: Option<i32>,
    /// Maximum number of orders of one customer with the discount, 1 to 1,000,000,000; no limit by default.
    max_uses_per_customer: Option<i32>,
    /// Tag that the customer must have, 1 to 50 characters on one line; all customers and guests by default.
    customer_tag: Option<String>,
    /// Priority, -1,000 to 1,000: higher ones are applied first.
    #[graphql(default)]
    priority: i32,
    /// Whether the discount is applied beside others.
    #[graphql(default)]
    is_combinable: bool,
    /// Whether the discount acts at all.
    #[graphql(default = true)]
    is_active: bool,
}

impl DiscountCreateInput {
    pub(in crate::graphql::discount) fn decode(self) -> Result<NewDiscount, ResolverError> {
        let patch = DiscountPatch {
            name: Some(self.name),
            percentage: self.percentage.map(|percentage| percentage.0),
            amounts: Some(self.amounts.into_iter().map(NewAmount::from).collect()),
            targets: targets(self.product_ids, self.category_ids, self.collection_ids)?,
            minimum_quantity: self.minimum_quantity.map(Some),
            starts_at: self.starts_at.map(|time| time.0),
            ends_at: self.ends_at.map(|time| Some(time.0)),
            max_uses: self.max_uses.map(Some),
            max_uses_per_customer: self.max_uses_per_customer.map(Some),
            customer_tag: self.customer_tag.map(Some),
            priority: Some(self.priority),
            is_combinable: Some(self.is_combinable),
            is_active: Some(self.is_active),
        };
        Ok(NewDiscount { kind: self.kind.into(), is_automatic: self.is_automatic, patch })
    }
}

fn targets(
    products: Option<Vec<ID>>,
    categories: Option<Vec<ID>>,
    collections: Option<Vec<ID>>,
) -> Result<Targets, ResolverError> {
    Ok(Targets {
        products: decode::<ProductId>(products, "productIds")?,
        categories: decode::<CategoryId>(categories, "categoryIds")?,
        collections: decode::<CollectionId>(collections, "collectionIds")?,
    })
}

fn decode<K: Node>(ids: Option<Vec<ID>>, field: &str) -> Result<Option<Vec<K>>, ResolverError> {
    let decode = |(index, id): (usize, &ID)| K::from_global(id, &format!("input.{field}[{index}]"));
    ids.map(|ids| ids.iter().enumerate().map(decode).collect()).transpose()
}

payload! {
    /// Payload of `discountCreate`.
    DiscountCreatePayload {
        /// New discount; null on failure.
        discount: Discount,
    }
    /// Failure of `discountCreate`.
    DiscountCreateError: InvalidField;
    from discount::DiscountCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of a discount. Fields left out keep their value. Kind and `isAutomatic` of a discount cannot be changed.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountUpdateInput {
    /// Global id of the discount.
    id: ID,
    /// Version that the change was made from. If the discount has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Name for shoppers, 1 to 100 characters on one line.
    name: Option<String>,
    /// Percentage above 0 and up to 100, with at most four decimal digits; not allowed for other kinds than `PERCENTAGE`.
    percentage: Option<Decimal>,
    /// All amounts of the discount, at most one set for each currency. Present ones whose currency is missing here are removed.
    amounts: Option<Vec<DiscountAmountInput>>,
    /// Global ids of all products, at most 100, that the discount acts on. When this change leaves it without products,
    /// categories and collections, the discount acts on the whole cart.
    product_ids: Option<Vec<ID>>,
    /// Global ids of all categories, at most 100, on whose products, also those of categories below, the discount acts.
    category_ids: Option<Vec<ID>>,
    /// Global ids of all collections, at most 100, on whose products the discount acts.
    collection_ids: Option<Vec<ID>>,
    /// Lowest number of pieces that the discount acts on, 1 to 999,900; null for no limit.
    minimum_quantity: MaybeUndefined<i32>,
    /// Time from which the discount acts.
    starts_at: Option<Timestamp>,
    /// Time, after `startsAt`, from which the discount no longer acts; null for none.
    ends_at: MaybeUndefined<Timestamp>,
    /// Maximum number of orders with the discount, 1 to 1,000,000,000 and not below `used`; null for no limit.
    max_uses: MaybeUndefined<i32>,
    /// Maximum number of orders of one customer with the discount, 1 to 1,000,000,000; null for no limit.
    max_uses_per_customer: MaybeUndefined<i32>,
    /// Tag that the customer must have, 1 to 50 characters on one line; null for all customers and guests.
    customer_tag: MaybeUndefined<String>,
    /// Priority, -1,000 to 1,000: higher ones are applied first.
    priority: Option<i32>,
    /// Whether the discount is applied beside others.
    is_combinable: Option<bool>,
    /// Whether the discount acts at all.
    is_active: Option<bool>,
}

impl DiscountUpdateInput {
    pub(in crate::graphql::discount) fn decode(
        self,
    ) -> Result<(DiscountId, Option<i32>, DiscountPatch), ResolverError> {
        let ends_at: Option<Option<Timestamp>> = self.ends_at.into();
        let patch = DiscountPatch {
            name: self.name,
            percentage: self.percentage.map(|percentage| percentage.0),
            amounts: self.amounts.map(|amounts| amounts.into_iter().map(NewAmount::from).collect()),
            targets: targets(self.product_ids, self.category_ids, self.collection_ids)?,
            minimum_quantity: self.minimum_quantity.into(),
            starts_at: self.starts_at.map(|time| time.0),
            ends_at: ends_at.map(|time| time.map(|time| time.0)),
            max_uses: self.max_uses.into(),
            max_uses_per_customer: self.max_uses_per_customer.into(),
            customer_tag: self.customer_tag.into(),
            priority: self.priority,
            is_combinable: self.is_combinable,
            is_active: self.is_active,
        };
        Ok((DiscountId::from_global(&self.id, "input.id")?, self.version, patch))
    }
}

payload! {
    /// Payload of `discountUpdate`.
    DiscountUpdatePayload {
        /// Changed discount; null on failure.
        discount: Discount,
    }
    /// Failure of `discountUpdate`.
    DiscountUpdateError: NotFound, InvalidField, Conflict;
    from discount::DiscountUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Discount::from(*present))) } at "version",
    }
}

/// Discount to delete.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountDeleteInput {
    /// Global id of the discount.
    pub(in crate::graphql::discount) id: ID,
}

payload! {
    /// Payload of `discountDelete`.
    DiscountDeletePayload {
        /// Global id of the deleted discount; null on failure.
        deleted_id: ID,
    }
    /// Failure of `discountDelete`.
    DiscountDeleteError: NotFound, DiscountInUse;
    from discount::DiscountDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        InUse => DiscountInUse at "id",
    }
}
