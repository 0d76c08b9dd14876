//! A product with its tags, options and variants, as one unit of change: read under the lock of the product's row, changed in
//! memory, and written as the difference (`save.rs`). So every change of a product has the same number of statements, however
//! many variants there are.

use std::collections::HashMap;

use entity::{
    ProductId, ProductOptionId, ProductOptionValueId, VariantId, product, product_option,
    product_option_value, product_tag, variant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::option::SelectedOption;
use crate::domain::{
    context::Txn,
    kernel::{
        fault::Fault,
        global_id::enum_name,
        text::{FieldProblem, InvalidField},
    },
};

/// Maximum number of variants of a product, archived ones included.
pub(super) const MAX_VARIANTS: usize = 1_000;

/// A product and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aggregate {
    pub product: product::Model,
    /// Sorted.
    pub tags: Vec<String>,
    /// In their order.
    pub options: Vec<OptionValues>,
    /// In their order.
    pub variants: Vec<variant::Model>,
}

/// An option and its values, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionValues {
    /// Key.
    pub id: ProductOptionId,
    /// Unique among the options of the product.
    pub name: String,
    /// In their order.
    pub values: Vec<OptionValue>,
}

/// A value of an option.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionValue {
    /// Key.
    pub id: ProductOptionValueId,
    /// Unique within the option.
    pub name: String,
}

impl Aggregate {
    /// Reads a product in five statements and locks it until the end of the transaction.
    pub(super) async fn lock(txn: &Txn<'_>, id: ProductId) -> Result<Option<Self>, Fault> {
        let product = product::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
        let Some(product) = product else { return Ok(None) };
        let tags = product_tag::Entity::find()
            .filter(product_tag::Column::ProductId.eq(id))
            .order_by_asc(product_tag::Column::Tag)
            .all(txn)
            .await?;
        let variants = variant::Entity::in_order().filter(variant::Column::ProductId.eq(id)).all(txn).await?;
        let mut tags: Vec<_> = tags.into_iter().map(|row| row.tag).collect();
        // By code point, whatever the order of the database is.
        tags.sort_unstable();
        Ok(Some(Self { product, tags, options: options(txn, id).await?, variants }))
    }

    /// The product of a variant, and the variant's place in it.
    pub(super) async fn lock_with_variant(
        txn: &Txn<'_>,
        id: VariantId,
    ) -> Result<Option<(Self, usize)>, Fault> {
        let Some(found) = variant::Entity::find_by_id(id).one(txn).await? else { return Ok(None) };
        let Some(aggregate) = Self::lock(txn, found.product_id).await? else { return Ok(None) };
        let index = aggregate.variants.iter().position(|variant| variant.id == id);
        Ok(index.map(|index| (aggregate, index)))
    }

    /// The product of an option, and the option's place in it.
    pub(super) async fn lock_with_option(
        txn: &Txn<'_>,
        id: ProductOptionId,
    ) -> Result<Option<(Self, usize)>, Fault> {
        let Some(found) = product_option::Entity::find_by_id(id).one(txn).await? else { return Ok(None) };
        let Some(aggregate) = Self::lock(txn, found.product_id).await? else { return Ok(None) };
        let index = aggregate.options.iter().position(|option| option.id == id);
        Ok(index.map(|index| (aggregate, index)))
    }

    /// The combination of the values with these names; each option must have one.
    pub(super) fn combination(&self, selected: &[SelectedOption]) -> Result<String, InvalidField> {
        let mut chosen: HashMap<ProductOptionId, ProductOptionValueId> = HashMap::new();
        for (index, SelectedOption { name, value }) in selected.iter().enumerate() {
            let invalid = |field, problem, message: String| {
                Err(InvalidField::new(field, problem, message).in_item("options", index))
            };
            let Some(option) = self.options.iter().find(|option| option.name == *name) else {
                let message = format!("The product has no option `{name}`.");
                return invalid("name", FieldProblem::UnknownValue, message);
            };
            let Some(found) = option.values.iter().find(|known| known.name == *value) else {
                let message = format!("The option `{name}` has no value `{value}`.");
                return invalid("value", FieldProblem::UnknownValue, message);
            };
            if chosen.insert(option.id, found.id).is_some() {
                let message = format!("The option `{name}` has two values.");
                return invalid("name", FieldProblem::Inconsistent, message);
            }
        }
        match self.options.iter().find(|option| !chosen.contains_key(&option.id)) {
            Some(missing) => {
                let message = format!("The value of the option `{}` is missing.", missing.name);
                Err(InvalidField::new("options", FieldProblem::Required, message))
            }
            None => Ok(combination(chosen.into_values())),
        }
    }

    /// The variant on sale, other than that at `except`, with this combination.
    pub(super) fn with_combination(
        &self,
        combination: &str,
        except: Option<usize>,
    ) -> Option<&variant::Model> {
        let others = self.variants.iter().enumerate().filter(|(index, _)| Some(*index) != except);
        let mut on_sale = others.map(|(_, variant)| variant).filter(|variant| variant.archived_at.is_none());
        on_sale.find(|variant| variant.combination == combination)
    }

    /// Whether a variant is on sale.
    pub(super) fn has_variant_on_sale(&self) -> bool {
        self.variants.iter().any(|variant| variant.archived_at.is_none())
    }

    /// The name of a variant: its values in the order of the options, or the product's name.
    pub(super) fn name_of(&self, variant: &variant::Model) -> String {
        let chosen: Vec<_> = values_of(variant).collect();
        let name_in = |option: &OptionValues| {
            let value = option.values.iter().find(|value| chosen.contains(&value.id))?;
            Some(value.name.clone())
        };
        match self.options.iter().filter_map(name_in).collect::<Vec<_>>().join(" / ") {
            name if name.is_empty() => self.product.name.clone(),
            name => name,
        }
    }

    /// The product in the audit log, with those of its variants that have an entry in `changed`, and their prices.
    pub(super) fn audit_json(&self, changed: &HashMap<VariantId, Value>) -> Value {
        let product = &self.product;
        let option = |option: &OptionValues| {
            let values: Vec<_> = option.values.iter().map(|value| &value.name).collect();
            json!({ "name": option.name, "values": values })
        };
        let options: Vec<_> = self.options.iter().map(option).collect();
        let mut fields = json!({
            "name": product.name, "slug": product.slug, "status": enum_name(&product.status), "description": product.description,
            "seoTitle": product.seo_title, "seoDescription": product.seo_description,
            "externalId": product.external_id, "categoryId": product.category_id.map(|id| id.0),
            "tags": self.tags, "options": options,
        });
        for variant in self.variants.iter().filter(|variant| changed.contains_key(&variant.id)) {
            fields[format!("variant {}", variant.id.0)] = json!({
                "sku": variant.sku, "name": variant.name, "barcode": variant.barcode, "weight": variant.weight,
                "requiresShipping": variant.requires_shipping, "maxPerOrder": variant.max_per_order,
                "taxClassId": variant.tax_class_id.map(|id| id.0), "position": variant.position,
                "archived": variant.archived_at.is_some(), "prices": changed[&variant.id],
            });
        }
        fields
    }
}

/// The values of a variant's options.
pub(super) fn values_of(variant: &variant::Model) -> impl Iterator<Item = ProductOptionValueId> {
    let ids = variant.combination.split_whitespace();
    ids.filter_map(|id| id.parse().ok()).map(ProductOptionValueId)
}

/// The stored text of a combination of values, see `entity::variant`.
pub fn combination(values: impl Iterator<Item = ProductOptionValueId>) -> String {
    let mut ids: Vec<_> = values.map(|id| id.0.to_string()).collect();
    ids.sort_unstable();
    ids.join(" ")
}

async fn options(txn: &Txn<'_>, product: ProductId) -> Result<Vec<OptionValues>, Fault> {
    use product_option_value::Column::{OptionId, Position};
    let options = product_option::Entity::find()
        .filter(product_option::Column::ProductId.eq(product))
        .order_by_asc(product_option::Column::Position)
        .all(txn)
        .await?;
    let chosen = txn.services().db.any_of(OptionId, options.iter().map(|option| option.id.0));
    let values = product_option_value::Entity::find().filter(chosen).order_by_asc(Position).all(txn).await?;
    Ok(options.into_iter().map(|option| OptionValues::new(option, &values)).collect())
}

impl OptionValues {
    /// An option with its values out of those of several options, which are in order.
    pub(super) fn new(option: product_option::Model, values: &[product_option_value::Model]) -> Self {
        let of_option = values.iter().filter(|value| value.option_id == option.id);
        let values = of_option.map(|value| OptionValue { id: value.id, name: value.name.clone() }).collect();
        Self { id: option.id, name: option.name, values }
    }
}
