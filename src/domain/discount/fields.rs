//! The fields of a discount that forms edit, and their validation.

use std::ops::RangeInclusive;

use chrono::{DateTime, SubsecRound, Utc};
use entity::{
    CategoryId, CollectionId, Currency, DiscountId, ProductId,
    discount::{self, Kind},
    discount_amount,
};

use super::aggregate::Aggregate;
use crate::domain::kernel::{
    field::{at_most, by_currency, within},
    money::Money,
    patch::{Patch, set},
    percentage::{Percentage, PercentageError},
    text::{FieldProblem, InvalidField, Line},
};

/// Maximum number of products, of categories and of collections.
const MAX_TARGETS: usize = 100;

/// Maximum number of amounts: a shop has no more currencies.
const MAX_AMOUNTS: usize = 20;

const QUANTITIES: RangeInclusive<i32> = 1..=999_900;
pub(super) const USES: RangeInclusive<i32> = 1..=1_000_000_000;
const PRIORITIES: RangeInclusive<i32> = -1_000..=1_000;

/// A discount to create: what stays, and what can be changed later.
#[derive(Clone, Debug)]
pub struct NewDiscount {
    pub kind: Kind,
    pub is_automatic: bool,
    pub patch: DiscountPatch,
}

/// Changes of a discount. `None` keeps a field, or gives a new discount the default.
#[derive(Clone, Debug, Default)]
pub struct DiscountPatch {
    /// Name for shoppers, 1 to 100 characters.
    pub name: Option<String>,
    /// Above 0, at most 100.
    pub percentage: Option<String>,
    /// All amounts.
    pub amounts: Option<Vec<NewAmount>>,
    pub targets: Targets,
    pub minimum_quantity: Patch<i32>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Patch<DateTime<Utc>>,
    pub max_uses: Patch<i32>,
    pub max_uses_per_customer: Patch<i32>,
    /// Tag that the customer must have.
    pub customer_tag: Patch<String>,
    pub priority: Option<i32>,
    pub is_combinable: Option<bool>,
    pub is_active: Option<bool>,
}

/// Objects that a discount acts on: all products, categories and collections that are given. Without any it is the whole cart.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    pub products: Option<Vec<ProductId>>,
    pub categories: Option<Vec<CategoryId>>,
    pub collections: Option<Vec<CollectionId>>,
}

/// Amounts in one currency, as decimal numbers.
#[derive(Clone, Debug)]
pub struct NewAmount {
    /// The currency, one of the shop's.
    pub currency: Currency,
    /// What is taken off, or the price of a piece.
    pub amount: Option<String>,
    /// Lowest price of what the discount acts on.
    pub minimum: Option<String>,
}

/// Changes whose values can be stored.
#[derive(Clone, Debug)]
pub(super) struct ValidPatch {
    name: Option<String>,
    ppm: Option<i32>,
    /// In the order of the input.
    pub amounts: Option<Vec<discount_amount::Model>>,
    pub targets: Targets,
    minimum_quantity: Patch<i32>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Patch<DateTime<Utc>>,
    max_uses: Patch<i32>,
    max_uses_per_customer: Patch<i32>,
    customer_tag: Patch<String>,
    priority: Option<i32>,
    is_combinable: Option<bool>,
    is_active: Option<bool>,
}

impl DiscountPatch {
    /// Checks all that can be checked without the database.
    pub(super) fn validated(self, id: DiscountId) -> Result<ValidPatch, InvalidField> {
        let name = self.name.map(|name| Line::<1, 100>::of_field("name", &name).map(String::from));
        let tag = |tag: String| Line::<1, 50>::of_field("customer_tag", &tag).map(String::from);
        let amounts = |new: Vec<NewAmount>| {
            by_currency(MAX_AMOUNTS, "amounts", &new, |amount| amount.currency, |amount| amount.parse(id))
        };
        let targets = self.targets;
        Ok(ValidPatch {
            name: name.transpose()?,
            ppm: self.percentage.as_deref().map(percentage).transpose()?,
            amounts: self.amounts.map(amounts).transpose()?,
            targets: Targets {
                products: few("product_ids", "products", targets.products)?,
                categories: few("category_ids", "categories", targets.categories)?,
                collections: few("collection_ids", "collections", targets.collections)?,
            },
            minimum_quantity: within(QUANTITIES, "minimum_quantity", self.minimum_quantity)?,
            starts_at: self.starts_at.map(stored),
            ends_at: self.ends_at.map(|time| time.map(stored)),
            max_uses: within(USES, "max_uses", self.max_uses)?,
            max_uses_per_customer: within(USES, "max_uses_per_customer", self.max_uses_per_customer)?,
            customer_tag: self.customer_tag.map(|text| text.map(tag).transpose()).transpose()?,
            priority: within(PRIORITIES, "priority", self.priority.map(Some))?.flatten(),
            is_combinable: self.is_combinable,
            is_active: self.is_active,
        })
    }
}

impl ValidPatch {
    /// Sets the fields of a discount. The caller looks for its targets and currencies.
    pub(super) fn apply(&self, aggregate: &mut Aggregate) -> Result<(), InvalidField> {
        let discount = &mut aggregate.discount;
        set(&mut discount.name, self.name.clone());
        set(&mut discount.ppm, self.ppm.map(Some));
        set(&mut discount.minimum_quantity, self.minimum_quantity);
        set(&mut discount.starts_at, self.starts_at);
        set(&mut discount.ends_at, self.ends_at);
        set(&mut discount.max_uses, self.max_uses);
        set(&mut discount.max_uses_per_customer, self.max_uses_per_customer);
        set(&mut discount.account_tag, self.customer_tag.clone());
        set(&mut discount.priority, self.priority);
        set(&mut discount.is_combinable, self.is_combinable);
        set(&mut discount.is_active, self.is_active);
        if let Some(amounts) = &self.amounts {
            aggregate.amounts.clone_from(amounts);
            aggregate.amounts.sort_by_key(|amount| amount.currency.code());
        }
        let Targets { products, categories, collections } = self.targets.clone();
        let is_changed = products.is_some() || categories.is_some() || collections.is_some();
        set(&mut aggregate.targets.products, products.map(|ids| ids.into_iter().collect()));
        set(&mut aggregate.targets.categories, categories.map(|ids| ids.into_iter().collect()));
        set(&mut aggregate.targets.collections, collections.map(|ids| ids.into_iter().collect()));
        if is_changed {
            aggregate.discount.is_limited = !aggregate.targets.is_empty();
        }
        self.check(&aggregate.discount)
    }

    /// Whether the fields fit together.
    fn check(&self, discount: &discount::Model) -> Result<(), InvalidField> {
        let invalid = |field, problem, message: &str| Err(InvalidField::new(field, problem, message));
        match (discount.kind == Kind::Percentage, discount.ppm) {
            (true, None) => {
                return invalid("percentage", FieldProblem::Required, "A discount of this kind needs one.");
            }
            (false, Some(_)) => {
                let message = "Only a discount of the kind PERCENTAGE has one.";
                return invalid("percentage", FieldProblem::Inconsistent, message);
            }
            _ => {}
        }
        for (index, amount) in self.amounts.iter().flatten().enumerate() {
            check_amount(discount.kind, amount).map_err(|invalid| invalid.in_item("amounts", index))?;
        }
        if discount.ends_at.is_some_and(|ends_at| ends_at <= discount.starts_at) {
            let field = self.ends_at.map_or("starts_at", |_| "ends_at");
            return invalid(field, FieldProblem::Inconsistent, "The end must be after the start.");
        }
        if discount.max_uses.is_some_and(|max| i64::from(max) < discount.used) {
            let message = format!("The discount was used {} times already.", discount.used);
            return invalid("max_uses", FieldProblem::OutOfRange, &message);
        }
        Ok(())
    }
}

/// Whether a discount of this kind can have these amounts.
fn check_amount(kind: Kind, row: &discount_amount::Model) -> Result<(), InvalidField> {
    let invalid = |field, problem, message| Err(InvalidField::new(field, problem, message));
    let has_amount = matches!(kind, Kind::Amount | Kind::FixedPrice);
    match row.amount {
        None if has_amount => invalid("amount", FieldProblem::Required, "A discount of this kind needs one."),
        Some(_) if !has_amount => {
            let message = "Only a discount of the kind AMOUNT or FIXED_PRICE has one.";
            invalid("amount", FieldProblem::Inconsistent, message)
        }
        Some(0) if kind == Kind::Amount => {
            invalid("amount", FieldProblem::OutOfRange, "The amount must be above 0.")
        }
        None if row.minimum.is_none() => {
            invalid("minimum", FieldProblem::Required, "Give a minimum, or leave the currency out.")
        }
        _ => Ok(()),
    }
}

/// Both databases keep microseconds.
fn stored(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

fn percentage(text: &str) -> Result<i32, InvalidField> {
    let invalid = |problem| {
        let message = "The percentage must be above 0 and at most 100, with at most four decimal digits.";
        InvalidField::new("percentage", problem, message)
    };
    let parsed: Result<Percentage, _> = text.parse();
    let percentage = parsed.map_err(|error| match error {
        PercentageError::OutOfRange => invalid(FieldProblem::OutOfRange),
        PercentageError::Malformed | PercentageError::TooPrecise => invalid(FieldProblem::InvalidFormat),
    })?;
    let ppm = i32::try_from(percentage.ppm()).unwrap_or(i32::MAX);
    Some(ppm).filter(|ppm| *ppm > 0).ok_or_else(|| invalid(FieldProblem::OutOfRange))
}

fn few<T>(field: &'static str, items: &str, list: Option<Vec<T>>) -> Result<Option<Vec<T>>, InvalidField> {
    at_most(MAX_TARGETS, field, items, list.as_deref().unwrap_or_default())?;
    Ok(list)
}

impl NewAmount {
    fn parse(&self, discount_id: DiscountId) -> Result<discount_amount::Model, InvalidField> {
        let Self { currency, .. } = *self;
        let minor = |field, text: &Option<String>| {
            let parse = |text: &String| Money::of_field(field, text, currency).map(|money| money.minor);
            text.as_ref().map(parse).transpose()
        };
        Ok(discount_amount::Model {
            discount_id,
            currency,
            amount: minor("amount", &self.amount)?,
            minimum: minor("minimum", &self.minimum)?,
        })
    }
}
