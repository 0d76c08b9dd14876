//! The fields of a variant that forms edit, and their validation.

use std::collections::{HashMap, HashSet};

use entity::{ProductId, TaxClassId, VariantId, tax_class, variant};
use sea_orm::{EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    aggregate::Aggregate,
    fields::line,
    option::SelectedOption,
    price_set::{NewPrice, Price, validated},
};
use crate::domain::{
    context::Txn,
    kernel::{
        fault::Fault,
        patch::{Patch, set},
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Changes of a variant's fields. `None` keeps a field, or gives a new variant the default.
#[derive(Clone, Debug, Default)]
pub struct VariantPatch {
    /// Stock keeping unit, 1 to 64 characters, unique in the shop.
    pub sku: Option<String>,
    /// The value of each option of the product.
    pub options: Option<Vec<SelectedOption>>,
    pub barcode: Patch<String>,
    /// Weight of one piece in grams.
    pub weight: Patch<i32>,
    /// True by default.
    pub requires_shipping: Option<bool>,
    /// Maximum number of pieces in one order.
    pub max_per_order: Patch<i32>,
    pub tax_class: Patch<TaxClassId>,
    /// Prices to set; those in other currencies stay.
    pub prices: Vec<NewPrice>,
}

/// Changes whose values can be stored.
#[derive(Clone, Debug)]
pub(super) struct ValidPatch {
    pub sku: Option<String>,
    pub options: Option<Vec<SelectedOption>>,
    barcode: Patch<String>,
    weight: Patch<i32>,
    requires_shipping: Option<bool>,
    max_per_order: Patch<i32>,
    tax_class: Patch<TaxClassId>,
    pub prices: Vec<Price>,
}

impl VariantPatch {
    /// Checks all that can be checked without the product.
    pub(super) fn validated(&self) -> Result<ValidPatch, InvalidField> {
        let sku = self.sku.as_ref().map(|sku| Line::<1, 64>::of_field("sku", sku).map(String::from));
        Ok(ValidPatch {
            sku: sku.transpose()?,
            options: self.options.clone(),
            barcode: line::<64>("barcode", self.barcode.clone())?,
            weight: at_least(0, "weight", self.weight)?,
            requires_shipping: self.requires_shipping,
            max_per_order: at_least(1, "max_per_order", self.max_per_order)?,
            tax_class: self.tax_class,
            prices: validated(&self.prices)?,
        })
    }
}

impl ValidPatch {
    /// The tax class that the variant gets.
    pub(super) fn tax_class(&self) -> Option<TaxClassId> {
        self.tax_class.flatten()
    }

    /// Sets the fields of a variant. The caller compares the new combination with those of other variants.
    pub(super) fn apply(
        &self,
        aggregate: &Aggregate,
        variant: &mut variant::Model,
    ) -> Result<(), InvalidField> {
        if let Some(options) = &self.options {
            variant.combination = aggregate.combination(options)?;
        }
        set(&mut variant.sku, self.sku.clone());
        set(&mut variant.barcode, self.barcode.clone());
        set(&mut variant.weight, self.weight);
        set(&mut variant.requires_shipping, self.requires_shipping);
        set(&mut variant.max_per_order, self.max_per_order);
        set(&mut variant.tax_class_id, self.tax_class);
        Ok(())
    }

    /// A new variant of a product. Without options in the input the product must have none.
    pub(super) fn create(
        &self,
        txn: &Txn<'_>,
        aggregate: &Aggregate,
    ) -> Result<variant::Model, InvalidField> {
        let Some(sku) = self.sku.clone() else {
            return Err(InvalidField::new("sku", FieldProblem::Required, "The SKU is missing."));
        };
        let mut variant = variant::Model {
            id: VariantId(txn.random().id(txn.now())),
            product_id: aggregate.product.id,
            sku,
            name: String::new(),
            combination: aggregate.combination(self.options.as_deref().unwrap_or_default())?,
            barcode: None,
            weight: None,
            requires_shipping: true,
            max_per_order: None,
            tax_class_id: None,
            position: 0,
            archived_at: None,
            metadata: json!({}),
            private_metadata: json!({}),
            version: 1,
        };
        self.apply(aggregate, &mut variant)?;
        Ok(variant)
    }
}

fn at_least(min: i32, field: &'static str, value: Patch<i32>) -> Result<Patch<i32>, InvalidField> {
    match value {
        Some(Some(number)) if number < min => {
            let message = format!("The value must be at least {min}.");
            Err(InvalidField::new(field, FieldProblem::OutOfRange, message))
        }
        _ => Ok(value),
    }
}

/// The products of the variants that have these SKUs, in one statement.
pub(super) async fn owners(
    txn: &Txn<'_>,
    skus: impl Iterator<Item = &str>,
) -> Result<HashMap<String, (VariantId, ProductId)>, Fault> {
    let chosen = txn.services().db.any_of(variant::Column::Sku, skus.map(str::to_owned));
    let found = variant::Entity::find().filter(chosen).all(txn).await?;
    Ok(found.into_iter().map(|variant| (variant.sku, (variant.id, variant.product_id))).collect())
}

/// Those of the tax classes of these items that exist, in one statement at most.
pub(super) async fn known_tax_classes(
    txn: &Txn<'_>,
    items: &[VariantPatch],
) -> Result<HashSet<TaxClassId>, Fault> {
    let ids: HashSet<_> = items.iter().filter_map(|item| item.tax_class.flatten()).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let chosen = txn.services().db.any_of(tax_class::Column::Id, ids.iter().map(|id| id.0));
    Ok(tax_class::Entity::find().filter(chosen).all(txn).await?.into_iter().map(|class| class.id).collect())
}

/// The error of an SKU that another variant has.
pub(super) fn sku_taken(sku: &str) -> InvalidField {
    InvalidField::new("sku", FieldProblem::Taken, format!("Another variant has the SKU `{sku}`."))
}

/// The error of a tax class that is not there.
pub(super) fn unknown_tax_class() -> InvalidField {
    InvalidField::new("tax_class_id", FieldProblem::UnknownValue, "There is no tax class with this id.")
}
