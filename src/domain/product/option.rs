//! Options of products: what the variants differ in.

use std::collections::HashSet;

use entity::{Permission, ProductId, ProductOptionId, ProductOptionValueId, product, variant};
use scoped_futures::ScopedFutureExt;

use super::{
    aggregate::{Aggregate, OptionValue, OptionValues, combination, values_of},
    price_write::PriceChanges,
    save::save,
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line, Rejected},
    },
};

/// Maximum number of options of a product.
const MAX_OPTIONS: usize = 3;

/// Maximum number of values of an option.
const MAX_VALUES: usize = 100;

/// A value of an option that a variant has, by their names.
#[derive(Clone, Debug)]
pub struct SelectedOption {
    /// Name of the option.
    pub name: String,
    /// One of its values.
    pub value: String,
}

/// An option with its values, in their order.
#[derive(Clone, Debug)]
pub struct NewOption {
    /// Unique among the options of the product.
    pub name: String,
    /// Unique within the option.
    pub values: Vec<String>,
}

/// Changes of an option.
#[derive(Clone, Debug, Default)]
pub struct OptionPatch {
    /// New name.
    pub name: Option<String>,
    /// All values in their order. Those left out are removed.
    pub values: Option<Vec<ValuePatch>>,
    /// Place among the options of the product, from 0; beyond the last for the end.
    pub position: Option<i32>,
}

/// A value of an option.
#[derive(Clone, Debug)]
pub struct ValuePatch {
    /// Unique within the option.
    pub name: String,
    /// The present name of a value that gets another one.
    pub former_name: Option<String>,
}

operation_error! {
    validated
    /// Why an option was not added.
    pub enum OptionCreateError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
    }
}

operation_error! {
    validated
    /// Why an option was not changed.
    pub enum OptionUpdateError {
        #[error("There is no option with this id.")]
        NotFound(ProductOptionId),
        /// Variants have a value that was left out.
        #[error("Variants have the value `{value}`. Give them another value first, or keep it.")]
        ValueInUse {
            /// Name of the value.
            value: String,
            /// Number of variants, archived ones included.
            variants: usize,
        },
    }
}

operation_error! {
    /// Why an option was not removed.
    pub enum OptionDeleteError {
        #[error("There is no option with this id.")]
        NotFound(ProductOptionId),
        /// Two variants on sale differ in this option only.
        #[error("Without the option, two variants on sale are the same. Archive one of them first.")]
        CombinationTaken(Box<variant::Model>),
    }
}

/// Adds an option to a product. Each variant that exists gets `default_value`, one of its values.
#[tracing::instrument(name = "product::option_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn option_create(
    ctx: &OpContext,
    id: ProductId,
    option: &NewOption,
    default_value: Option<&str>,
) -> Result<product::Model, OptionCreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| create_in_txn(txn, id, option, default_value).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    id: ProductId,
    option: &NewOption,
    default_value: Option<&str>,
) -> Result<product::Model, OptionCreateError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(OptionCreateError::NotFound(id))?;
    let mut after = before.clone();
    after.options.push(new_option(txn, option)?);
    check(&after.options)?;
    let values = &after.options[after.options.len() - 1].values;
    let chosen = match default_value {
        Some(name) => {
            let unknown = || format!("The option has no value `{name}`.");
            let value = values.iter().find(|value| value.name == name.trim());
            Some(
                value
                    .ok_or_else(|| InvalidField::new("default_value", FieldProblem::UnknownValue, unknown()))?
                    .id,
            )
        }
        None if after.variants.is_empty() => None,
        None => {
            let message = "The product has variants: say which value they get.";
            return Err(InvalidField::new("default_value", FieldProblem::Required, message).into());
        }
    };
    for variant in &mut after.variants {
        variant.combination = combination(values_of(variant).chain(chosen));
    }
    let entry = AuditEntry::new("productOptionCreate").about("Product", id);
    save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await?;
    Ok(after.product)
}

/// Changes an option: its name, its values, its place.
#[tracing::instrument(name = "product::option_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn option_update(
    ctx: &OpContext,
    id: ProductOptionId,
    patch: &OptionPatch,
) -> Result<product::Model, OptionUpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| update_in_txn(txn, id, patch).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: ProductOptionId,
    patch: &OptionPatch,
) -> Result<product::Model, OptionUpdateError> {
    let not_found = OptionUpdateError::NotFound(id);
    let (before, index) = Aggregate::lock_with_option(txn, id).await?.ok_or(not_found)?;
    let mut after = before.clone();
    let option = &mut after.options[index];
    if let Some(name) = &patch.name {
        option.name = Line::<1, 100>::of_field("name", name)?.into();
    }
    if let Some(values) = &patch.values {
        option.values = changed_values(txn, option, values)?;
        check(std::slice::from_ref(option))?;
        let is_gone = |value: &&OptionValue| option.values.iter().all(|kept| kept.id != value.id);
        for removed in before.options[index].values.iter().filter(is_gone) {
            let variants =
                before.variants.iter().filter(|variant| values_of(variant).any(|id| id == removed.id));
            match variants.count() {
                0 => {}
                variants => {
                    return Err(OptionUpdateError::ValueInUse { value: removed.name.clone(), variants });
                }
            }
        }
    }
    if let Some(position) = patch.position {
        let place = usize::try_from(position).map_err(|_| {
            InvalidField::new("position", FieldProblem::OutOfRange, "The position must be at least 0.")
        })?;
        let option = after.options.remove(index);
        after.options.insert(place.min(after.options.len()), option);
    }
    check(&after.options)?;
    let entry = AuditEntry::new("productOptionUpdate").about("Product", after.product.id);
    save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await?;
    Ok(after.product)
}

fn changed_values(
    txn: &Txn<'_>,
    option: &OptionValues,
    values: &[ValuePatch],
) -> Result<Vec<OptionValue>, InvalidField> {
    let value = |(index, ValuePatch { name, former_name }): (usize, &ValuePatch)| {
        let name =
            Line::<1, 100>::of_field("name", name).map_err(|invalid| invalid.in_item("values", index))?;
        let name = String::from(name);
        let known = option.values.iter().find(|value| value.name == *former_name.as_ref().unwrap_or(&name));
        match (known, former_name) {
            (Some(known), _) => Ok(OptionValue { id: known.id, name }),
            (None, None) => Ok(OptionValue { id: ProductOptionValueId(txn.random().id(txn.now())), name }),
            (None, Some(former)) => {
                let message = format!("The option has no value `{former}`.");
                let unknown = InvalidField::new("former_name", FieldProblem::UnknownValue, message);
                Err(unknown.in_item("values", index))
            }
        }
    };
    values.iter().enumerate().map(value).collect()
}

/// Removes an option. Variants on sale must differ without it.
#[tracing::instrument(name = "product::option_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn option_delete(
    ctx: &OpContext,
    id: ProductOptionId,
) -> Result<product::Model, OptionDeleteError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: ProductOptionId) -> Result<product::Model, OptionDeleteError> {
    let not_found = OptionDeleteError::NotFound(id);
    let (before, index) = Aggregate::lock_with_option(txn, id).await?.ok_or(not_found)?;
    let mut after = before.clone();
    after.options.remove(index);
    drop_selections(&mut after);
    if let Some(twin) = twin(&after) {
        return Err(OptionDeleteError::CombinationTaken(Box::new(twin.clone())));
    }
    let entry = AuditEntry::new("productOptionDelete").about("Product", after.product.id);
    let saved = save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await;
    saved.map_err(Rejected::into_fault)?;
    Ok(after.product)
}

/// Takes the values of removed options from all variants.
pub(super) fn drop_selections(aggregate: &mut Aggregate) {
    let values = aggregate.options.iter().flat_map(|option| &option.values);
    let known: HashSet<_> = values.map(|value| value.id).collect();
    for variant in &mut aggregate.variants {
        variant.combination = combination(values_of(variant).filter(|id| known.contains(id)));
    }
}

/// A variant on sale that has the combination of another one.
pub(super) fn twin(aggregate: &Aggregate) -> Option<&variant::Model> {
    let mut seen = HashSet::new();
    let mut on_sale = aggregate.variants.iter().filter(|variant| variant.archived_at.is_none());
    on_sale.find(|variant| !seen.insert(variant.combination.as_str()))
}

/// Parses an option; `check` compares it with the others.
pub(super) fn new_option(txn: &Txn<'_>, option: &NewOption) -> Result<OptionValues, InvalidField> {
    let value = |name: &String| {
        Ok(OptionValue { id: ProductOptionValueId(txn.random().id(txn.now())), name: value_name(name)? })
    };
    Ok(OptionValues {
        id: ProductOptionId(txn.random().id(txn.now())),
        name: Line::<1, 100>::of_field("name", &option.name)?.into(),
        values: option.values.iter().map(value).collect::<Result<_, _>>()?,
    })
}

fn value_name(name: &str) -> Result<String, InvalidField> {
    Line::<1, 100>::of_field("values", name).map(String::from)
}

/// Checks the numbers of options and values, and that names differ.
pub(super) fn check(options: &[OptionValues]) -> Result<(), InvalidField> {
    let invalid = |field, problem, message: String| Err(InvalidField::new(field, problem, message));
    if options.len() > MAX_OPTIONS {
        let message = format!("A product has at most {MAX_OPTIONS} options.");
        return invalid("name", FieldProblem::OutOfRange, message);
    }
    let mut names = HashSet::new();
    for option in options {
        if !names.insert(&option.name) {
            let message = format!("The product has an option `{}` already.", option.name);
            return invalid("name", FieldProblem::Taken, message);
        }
        if !(1..=MAX_VALUES).contains(&option.values.len()) {
            let message = format!("Give 1 to {MAX_VALUES} values.");
            return invalid("values", FieldProblem::OutOfRange, message);
        }
        let mut names = HashSet::new();
        if let Some(twice) = option.values.iter().find(|value| !names.insert(&value.name)) {
            return invalid("values", FieldProblem::Taken, format!("There are two values `{}`.", twice.name));
        }
    }
    Ok(())
}
