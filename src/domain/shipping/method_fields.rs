//! The fields of a method that forms edit, and their validation.

use std::ops::RangeInclusive;

use entity::{CategoryId, Currency, ShippingMethodId, TaxClassId, shipping_method::Tags, shipping_price};

use super::method::Aggregate;
use crate::domain::kernel::{
    field::{at_most, by_currency, tags, within},
    money::Money,
    patch::{Patch, set},
    text::{FieldProblem, InvalidField, Line, paragraphs},
};

/// Maximum length of a description, in characters.
const MAX_DESCRIPTION: usize = 500;

/// Maximum number of excluded categories, and of excluded tags.
const MAX_EXCLUDED: usize = 100;

/// Maximum number of prices: a shop has no more currencies.
const MAX_PRICES: usize = 20;

/// Working days until delivery.
const DAYS: RangeInclusive<i32> = 0..=365;

/// Weights in grams.
const WEIGHTS: RangeInclusive<i32> = 0..=10_000_000;

/// Changes of a method. `None` keeps a field, or gives a new method the default.
#[derive(Clone, Debug, Default)]
pub struct MethodPatch {
    /// Display name, 1 to 100 characters.
    pub name: Option<String>,
    /// Text for shoppers.
    pub description: Option<String>,
    pub min_days: Patch<i32>,
    pub max_days: Patch<i32>,
    pub min_weight: Patch<i32>,
    pub max_weight: Patch<i32>,
    pub tax_class: Patch<TaxClassId>,
    /// All prices.
    pub prices: Option<Vec<NewPrice>>,
    /// All excluded categories, in any order.
    pub excluded_categories: Option<Vec<CategoryId>>,
    /// All excluded tags, in any order.
    pub excluded_tags: Option<Vec<String>>,
}

/// The price in one currency, as decimal numbers.
#[derive(Clone, Debug)]
pub struct NewPrice {
    /// The currency, one of the shop's.
    pub currency: Currency,
    /// Price of shipping.
    pub amount: String,
    /// Subtotal from which shipping is free.
    pub free_from: Option<String>,
    /// Lowest subtotal.
    pub min_subtotal: Option<String>,
    /// Subtotal from which the method cannot be chosen.
    pub max_subtotal: Option<String>,
}

/// Changes whose values can be stored.
#[derive(Clone, Debug)]
pub(super) struct ValidPatch {
    name: Option<String>,
    description: Option<String>,
    min_days: Patch<i32>,
    max_days: Patch<i32>,
    min_weight: Patch<i32>,
    max_weight: Patch<i32>,
    tax_class: Patch<TaxClassId>,
    /// In the order of the input, without a method.
    pub prices: Option<Vec<shipping_price::Model>>,
    /// In the order of the input.
    pub excluded_categories: Option<Vec<CategoryId>>,
    excluded_tags: Option<Tags>,
}

impl MethodPatch {
    /// Checks all that can be checked without the database.
    pub(super) fn validated(self, id: ShippingMethodId) -> Result<ValidPatch, InvalidField> {
        let name = self.name.map(|name| Line::<1, 100>::of_field("name", &name).map(String::from));
        let description =
            self.description.map(|text| paragraphs("description", text.trim(), MAX_DESCRIPTION));
        let excluded = self.excluded_categories.as_deref().unwrap_or_default();
        at_most(MAX_EXCLUDED, "excluded_category_ids", "categories", excluded)?;
        let prices = |new: Vec<NewPrice>| {
            by_currency(MAX_PRICES, "prices", &new, |price| price.currency, |price| price.parse(id))
        };
        let excluded_tags = |texts: Vec<String>| tags(MAX_EXCLUDED, "excluded_tags", &texts).map(Tags);
        Ok(ValidPatch {
            name: name.transpose()?,
            description: description.transpose()?,
            min_days: within(DAYS, "min_days", self.min_days)?,
            max_days: within(DAYS, "max_days", self.max_days)?,
            min_weight: within(WEIGHTS, "min_weight", self.min_weight)?,
            max_weight: within(WEIGHTS, "max_weight", self.max_weight)?,
            tax_class: self.tax_class,
            prices: self.prices.map(prices).transpose()?,
            excluded_categories: self.excluded_categories,
            excluded_tags: self.excluded_tags.map(excluded_tags).transpose()?,
        })
    }
}

impl ValidPatch {
    /// Sets the fields of a method. The caller has looked for its categories.
    pub(super) fn apply(&self, aggregate: &mut Aggregate) -> Result<(), InvalidField> {
        let method = &mut aggregate.method;
        set(&mut method.name, self.name.clone());
        set(&mut method.description, self.description.clone());
        set(&mut method.min_days, self.min_days);
        set(&mut method.max_days, self.max_days);
        set(&mut method.min_weight, self.min_weight);
        set(&mut method.max_weight, self.max_weight);
        set(&mut method.tax_class_id, self.tax_class);
        set(&mut method.excluded_tags, self.excluded_tags.clone());
        if let Some(prices) = &self.prices {
            aggregate.prices.clone_from(prices);
            aggregate.prices.sort_by_key(|price| price.currency.code());
        }
        if let Some(categories) = &self.excluded_categories {
            aggregate.categories = categories.iter().copied().collect();
        }
        let days = self.max_days.map_or("min_days", |_| "max_days");
        in_order(days, method.min_days, method.max_days)?;
        let weight = self.max_weight.map_or("min_weight", |_| "max_weight");
        in_order(weight, method.min_weight, method.max_weight)
    }
}

fn in_order<T: PartialOrd>(field: &'static str, min: Option<T>, max: Option<T>) -> Result<(), InvalidField> {
    match min.zip(max) {
        Some((min, max)) if min > max => {
            let message = "The highest value must not be below the lowest one.";
            Err(InvalidField::new(field, FieldProblem::Inconsistent, message))
        }
        _ => Ok(()),
    }
}

impl NewPrice {
    fn parse(&self, method_id: ShippingMethodId) -> Result<shipping_price::Model, InvalidField> {
        let Self { currency, .. } = *self;
        let minor = |field, text: &String| Money::of_field(field, text, currency).map(|money| money.minor);
        let optional =
            |field, text: &Option<String>| text.as_ref().map(|text| minor(field, text)).transpose();
        let price = shipping_price::Model {
            method_id,
            currency,
            amount: minor("amount", &self.amount)?,
            free_from: optional("free_from", &self.free_from)?,
            min_subtotal: optional("min_subtotal", &self.min_subtotal)?,
            max_subtotal: optional("max_subtotal", &self.max_subtotal)?,
        };
        if price.min_subtotal.zip(price.max_subtotal).is_some_and(|(min, max)| min >= max) {
            let message = "The limit above must be higher than the one below.";
            return Err(InvalidField::new("max_subtotal", FieldProblem::Inconsistent, message));
        }
        Ok(price)
    }
}
