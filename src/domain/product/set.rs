//! Creating or updating a whole product in one call, as tools do that keep two systems alike.

use std::collections::{HashMap, HashSet};

use entity::{Permission, ProductId, ProductOptionValueId, product, variant};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{
    aggregate::{Aggregate, MAX_VARIANTS, OptionValue, OptionValues, values_of},
    edit::new_product,
    fields::ProductPatch,
    option::{NewOption, check, drop_selections, new_option, twin},
    price_set::{Price, check_currencies},
    price_write::PriceChanges,
    save::save,
    variant_edit::known_currencies,
    variant_fields::{VariantPatch, known_tax_classes, owners, sku_taken, unknown_tax_class},
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        patch,
        text::{FieldProblem, InvalidField},
    },
};

/// Maximum number of prices in one call.
const MAX_PRICES: usize = 5_000;

/// A product as it shall be. What is left out stays.
#[derive(Clone, Debug, Default)]
pub struct ProductSet {
    /// The product's fields. It is found by the external id, or by the slug.
    pub fields: ProductPatch,
    /// A new product is a draft by default.
    pub status: Option<product::Status>,
    /// All options, in their order.
    pub options: Option<Vec<NewOption>>,
    /// All variants on sale, in their order, found by their SKU. Others are archived.
    pub variants: Option<Vec<VariantPatch>>,
}

operation_error! {
    validated
    /// Why a product was not set.
    pub enum ProductSetError {
        /// A product without variants on sale cannot be active.
        #[error("The product has no variant on sale. Give one, or another status.")]
        NoVariants,
        /// Variants on sale have a value that was left out.
        #[error("Variants have the value `{value}`. Give them another value, or keep it.")]
        ValueInUse {
            /// Name of the value.
            value: String,
            /// Number of variants on sale.
            variants: usize,
        },
        /// Two variants on sale have the same values of the options.
        #[error("Two variants on sale have the same values of the options.")]
        CombinationTaken(Box<variant::Model>),
    }
}

/// Creates the product, or brings the one that there is into this state. Returns it, and whether anything was changed.
#[tracing::instrument(name = "product::set", level = "debug", skip_all, err(level = "debug"))]
pub async fn set(ctx: &OpContext, wanted: ProductSet) -> Result<(product::Model, bool), ProductSetError> {
    ctx.require(Permission::ProductsEdit).await?;
    let fields = wanted.fields.clone().validated()?;
    if fields.external_id.clone().flatten().is_none() && fields.slug.is_none() {
        let message = "Give an external id or a slug, by which the product is found.";
        return Err(InvalidField::new("external_id", FieldProblem::Required, message).into());
    }
    check_sizes(&wanted)?;
    let wanted = ProductSet { fields, ..wanted };
    let set_once = async || ctx.write(|txn| set_in_txn(txn, &wanted).scope_boxed()).await;
    match set_once().await {
        // Perhaps another call has just created the product: then it is found now.
        Err(ProductSetError::Invalid(invalid)) if invalid.problem == FieldProblem::Taken => set_once().await,
        result => result,
    }
}

fn check_sizes(wanted: &ProductSet) -> Result<(), InvalidField> {
    let variants = wanted.variants.as_deref().unwrap_or_default();
    if variants.len() > MAX_VARIANTS {
        let message = format!("A product has at most {MAX_VARIANTS} variants.");
        return Err(InvalidField::new("variants", FieldProblem::OutOfRange, message));
    }
    if variants.iter().map(|variant| variant.prices.len()).sum::<usize>() > MAX_PRICES {
        let message = format!("Give at most {MAX_PRICES} prices in one call.");
        return Err(InvalidField::new("variants", FieldProblem::OutOfRange, message));
    }
    Ok(())
}

async fn set_in_txn(txn: &Txn<'_>, wanted: &ProductSet) -> Result<(product::Model, bool), ProductSetError> {
    let before = find(txn, &wanted.fields).await?;
    let mut after = match &before {
        Some(before) => before.clone(),
        None => new_product(txn, &wanted.fields)?,
    };
    wanted.fields.clone().apply(&mut after);
    if let Some(options) = &wanted.options {
        after.options = merged(txn, &after.options, options)?;
    }
    let prices = match &wanted.variants {
        Some(variants) => set_variants(txn, &mut after, variants).await?,
        None => PriceChanges::default(),
    };
    if let Some(before) = before.as_ref().filter(|_| wanted.options.is_some()) {
        keep_values_in_use(before, &mut after)?;
    }
    check_combinations(&after)?;
    patch::set(&mut after.product.status, wanted.status);
    if after.product.status == product::Status::Active && !after.has_variant_on_sale() {
        return Err(ProductSetError::NoVariants);
    }
    let entry = AuditEntry::new("productSet").about("Product", after.product.id);
    let changed = save(txn, entry, before.as_ref(), &mut after, &prices).await?;
    Ok((after.product, changed))
}

/// The product with the external id, or with the slug if it has no other external id.
async fn find(txn: &Txn<'_>, fields: &ProductPatch) -> Result<Option<Aggregate>, ProductSetError> {
    let external_id = fields.external_id.clone().flatten();
    let id = |query: sea_orm::Select<product::Entity>| {
        let id = query.select_only().column(product::Column::Id);
        async move { id.into_tuple::<ProductId>().one(txn).await }
    };
    let mut found = None;
    if let Some(external_id) = &external_id {
        found = id(product::Entity::find().filter(product::Column::ExternalId.eq(external_id))).await?;
    }
    if let (None, Some(slug)) = (found, &fields.slug) {
        let with_slug = product::Entity::find().filter(product::Column::Slug.eq(slug));
        found = match external_id {
            None => id(with_slug).await?,
            Some(_) => id(with_slug.filter(product::Column::ExternalId.is_null())).await?,
        };
    }
    match found {
        Some(id) => Ok(Aggregate::lock(txn, id).await?),
        None => Ok(None),
    }
}

/// The wanted options; those and their values that there are keep their ids.
fn merged(
    txn: &Txn<'_>,
    present: &[OptionValues],
    wanted: &[NewOption],
) -> Result<Vec<OptionValues>, InvalidField> {
    let mut merged = Vec::with_capacity(wanted.len());
    for (index, option) in wanted.iter().enumerate() {
        let in_item = |invalid: InvalidField| invalid.in_item("options", index);
        let mut option = new_option(txn, option).map_err(in_item)?;
        if let Some(present) = present.iter().find(|present| present.name == option.name) {
            option.id = present.id;
            for value in &mut option.values {
                if let Some(known) = present.values.iter().find(|known| known.name == value.name) {
                    value.id = known.id;
                }
            }
        }
        merged.push(option);
        check(&merged).map_err(in_item)?;
    }
    Ok(merged)
}

/// Brings the variants into the wanted state and order; those that are not wanted are archived. The prices are compared, and
/// written later.
async fn set_variants(
    txn: &Txn<'_>,
    after: &mut Aggregate,
    wanted: &[VariantPatch],
) -> Result<PriceChanges, ProductSetError> {
    let skus = wanted.iter().filter_map(|item| item.sku.as_deref().map(str::trim));
    let owners = owners(txn, skus).await?;
    let currencies = known_currencies(txn, wanted.iter()).await?;
    let classes = known_tax_classes(txn, wanted).await?;
    let mut present: HashMap<_, _> = std::mem::take(&mut after.variants)
        .into_iter()
        .map(|variant| (variant.sku.clone(), variant))
        .collect();
    let mut prices: Vec<(entity::VariantId, Vec<Price>)> = Vec::with_capacity(wanted.len());
    let (mut seen, mut variants) = (HashSet::new(), Vec::with_capacity(wanted.len()));
    for (index, item) in wanted.iter().enumerate() {
        let set_one = || {
            let item = item.validated()?;
            check_currencies(&currencies, &item.prices)?;
            if item.tax_class().is_some_and(|class| !classes.contains(&class)) {
                return Err(unknown_tax_class());
            }
            let sku = item.sku.clone().unwrap_or_default();
            let is_foreign = owners.get(&sku).is_some_and(|(_, product)| *product != after.product.id);
            if is_foreign || !seen.insert(sku.clone()) {
                return Err(sku_taken(&sku));
            }
            let Some(mut variant) = present.remove(&sku) else {
                return Ok((item.create(txn, after)?, item.prices));
            };
            variant.archived_at = None;
            item.apply(after, &mut variant)?;
            Ok((variant, item.prices))
        };
        let (variant, wanted) = { set_one }().map_err(|invalid| invalid.in_item("variants", index))?;
        prices.push((variant.id, wanted));
        variants.push(variant);
    }
    let mut rest: Vec<_> = present.into_values().collect();
    rest.sort_by_key(|variant| variant.position);
    for variant in &mut rest {
        variant.archived_at.get_or_insert(txn.now());
    }
    variants.append(&mut rest);
    if variants.len() > MAX_VARIANTS {
        let message =
            format!("With the archived ones the product would have more than {MAX_VARIANTS} variants.");
        return Err(InvalidField::new("variants", FieldProblem::OutOfRange, message).into());
    }
    after.variants = variants;
    Ok(PriceChanges::plan(txn, prices).await?)
}

/// Keeps the values that only archived variants have, behind the wanted ones; one of a variant on sale must not be left out.
fn keep_values_in_use(before: &Aggregate, after: &mut Aggregate) -> Result<(), ProductSetError> {
    let users = |value: ProductOptionValueId, on_sale: bool| {
        let with_value = after.variants.iter().filter(|variant| values_of(variant).any(|id| id == value));
        with_value.filter(|variant| variant.archived_at.is_none() == on_sale).count()
    };
    let mut kept: HashMap<_, Vec<OptionValue>> = HashMap::new();
    for option in &before.options {
        let Some(wanted) = after.options.iter().find(|wanted| wanted.id == option.id) else { continue };
        let is_gone = |value: &&OptionValue| wanted.values.iter().all(|wanted| wanted.id != value.id);
        for value in option.values.iter().filter(is_gone) {
            match users(value.id, true) {
                0 if users(value.id, false) == 0 => {}
                0 => kept.entry(option.id).or_default().push(value.clone()),
                variants => return Err(ProductSetError::ValueInUse { value: value.name.clone(), variants }),
            }
        }
    }
    for option in &mut after.options {
        option.values.append(&mut kept.remove(&option.id).unwrap_or_default());
    }
    drop_selections(after);
    Ok(())
}

/// Checks that each variant on sale has a value of each option, and that no two have the same.
fn check_combinations(after: &Aggregate) -> Result<(), ProductSetError> {
    let is_incomplete = |variant: &variant::Model| values_of(variant).count() != after.options.len();
    let on_sale = after.variants.iter().filter(|variant| variant.archived_at.is_none());
    for (index, variant) in on_sale.enumerate() {
        if is_incomplete(variant) {
            let message = format!("The variant `{}` needs a value of each option.", variant.sku);
            let missing = InvalidField::new("options", FieldProblem::Required, message);
            return Err(missing.in_item("variants", index).into());
        }
    }
    match twin(after) {
        Some(twin) => Err(ProductSetError::CombinationTaken(Box::new(twin.clone()))),
        None => Ok(()),
    }
}
