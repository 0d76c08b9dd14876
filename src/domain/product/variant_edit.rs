//! Creating, changing, archiving and ordering variants.

use std::collections::{HashMap, HashSet};

use entity::{Permission, ProductId, VariantId, product, variant};
use scoped_futures::ScopedFutureExt;

use super::{
    aggregate::{Aggregate, MAX_VARIANTS},
    price_set::check_currencies,
    price_write::PriceChanges,
    save::save,
    variant_fields::{ValidPatch, VariantPatch, known_tax_classes, owners, sku_taken, unknown_tax_class},
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Rejected},
    },
    shop,
};

/// Maximum number of variants that one call creates.
const MAX_ITEMS: usize = 100;

operation_error! {
    validated
    /// Why a variant was not created.
    pub enum VariantCreateError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
        /// A variant on sale has the same values of the options.
        #[error("Another variant on sale has the same values of the options.")]
        CombinationTaken(Box<variant::Model>),
    }
}

operation_error! {
    validated
    /// Why none of the variants was created.
    pub enum VariantsCreateError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
    }
}

operation_error! {
    validated
    /// Why a variant was not changed.
    pub enum VariantUpdateError {
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
        /// The variant was changed since the version that was named: this is the present one.
        #[error("The variant was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<variant::Model>),
        /// A variant on sale has the same values of the options.
        #[error("Another variant on sale has the same values of the options.")]
        CombinationTaken(Box<variant::Model>),
    }
}

operation_error! {
    /// Why a variant was not archived, or not put on sale again.
    pub enum VariantArchiveError {
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
        /// A variant on sale has the same values of the options.
        #[error("Another variant on sale has the same values of the options.")]
        CombinationTaken(Box<variant::Model>),
    }
}

operation_error! {
    validated
    /// Why variants were not ordered.
    pub enum VariantsReorderError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
    }
}

/// One item of [`variants_create`]: the variant, or why it was not created.
pub type Created = Result<variant::Model, VariantCreateError>;

/// Creates a variant of a product.
#[tracing::instrument(name = "product::variant_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_create(ctx: &OpContext, product: ProductId, item: VariantPatch) -> Created {
    ctx.require(Permission::ProductsEdit).await?;
    let items = [item];
    let created = ctx.write(|txn| create_in_txn(txn, "variantCreate", product, &items).scope_boxed()).await;
    let created: Vec<Created> = created.map_err(|error| match error {
        VariantsCreateError::NotFound(id) => VariantCreateError::NotFound(id),
        VariantsCreateError::Invalid(invalid) => VariantCreateError::Invalid(invalid),
        VariantsCreateError::Fault(fault) => VariantCreateError::Fault(fault),
    })?;
    let missing = || VariantCreateError::Fault(Fault::internal("an item has no result"));
    created.into_iter().next().unwrap_or_else(|| Err(missing()))
}

/// Creates variants of a product. Each is created or refused by itself, and has its result at its place.
#[tracing::instrument(name = "product::variants_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_create(
    ctx: &OpContext,
    product: ProductId,
    items: &[VariantPatch],
) -> Result<Vec<Created>, VariantsCreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    if !(1..=MAX_ITEMS).contains(&items.len()) {
        let message = format!("Give 1 to {MAX_ITEMS} variants.");
        return Err(InvalidField::new("variants", FieldProblem::OutOfRange, message).into());
    }
    ctx.write(|txn| create_in_txn(txn, "variantsCreate", product, items).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    action: &'static str,
    product: ProductId,
    items: &[VariantPatch],
) -> Result<Vec<Created>, VariantsCreateError> {
    let before = Aggregate::lock(txn, product).await?.ok_or(VariantsCreateError::NotFound(product))?;
    let mut after = before.clone();
    let taken = owners(txn, items.iter().filter_map(|item| item.sku.as_deref().map(str::trim))).await?;
    let known = known_currencies(txn, items.iter()).await?;
    let classes = known_tax_classes(txn, items).await?;
    let (mut results, mut prices) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let created = item.validated().map_err(VariantCreateError::from).and_then(|item| {
            check_currencies(&known, &item.prices)?;
            if item.tax_class().is_some_and(|class| !classes.contains(&class)) {
                return Err(unknown_tax_class().into());
            }
            let variant = create(txn, &after, &item, |sku| taken.contains_key(sku))?;
            Ok((variant, item.prices))
        });
        results.push(created.map(|(variant, wanted)| {
            prices.push((variant.id, wanted));
            after.variants.push(variant.clone());
            variant
        }));
    }
    let prices = PriceChanges::plan(txn, prices).await?;
    let entry = AuditEntry::new(action).about("Product", product);
    save(txn, entry, Some(&before), &mut after, &prices).await?;
    // Names and positions are known now.
    let saved: HashMap<_, _> = after.variants.into_iter().map(|variant| (variant.id, variant)).collect();
    let with_name =
        |created: Created| created.map(|variant| saved.get(&variant.id).cloned().unwrap_or(variant));
    Ok(results.into_iter().map(with_name).collect())
}

/// A new variant that goes with those that the product has.
fn create(txn: &Txn<'_>, product: &Aggregate, item: &ValidPatch, is_taken: impl Fn(&str) -> bool) -> Created {
    if product.variants.len() >= MAX_VARIANTS {
        let message = format!("A product has at most {MAX_VARIANTS} variants.");
        return Err(InvalidField::new("product_id", FieldProblem::OutOfRange, message).into());
    }
    let variant = item.create(txn, product)?;
    if is_taken(&variant.sku) || product.variants.iter().any(|other| other.sku == variant.sku) {
        return Err(sku_taken(&variant.sku).into());
    }
    match product.with_combination(&variant.combination, None) {
        Some(twin) => Err(VariantCreateError::CombinationTaken(Box::new(twin.clone()))),
        None => Ok(variant),
    }
}

/// The currencies of the shop, if any of the items has a price.
pub(super) async fn known_currencies(
    txn: &Txn<'_>,
    mut items: impl Iterator<Item = &VariantPatch>,
) -> Result<Vec<entity::Currency>, Fault> {
    match items.any(|item| !item.prices.is_empty()) {
        true => shop::currencies(txn).await,
        false => Ok(Vec::new()),
    }
}

/// Changes a variant, if it still has this version.
#[tracing::instrument(name = "product::variant_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_update(
    ctx: &OpContext,
    id: VariantId,
    version: Option<i32>,
    patch: VariantPatch,
) -> Result<variant::Model, VariantUpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let valid = patch.validated()?;
    ctx.write(|txn| update_in_txn(txn, id, version, &valid).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: VariantId,
    version: Option<i32>,
    patch: &ValidPatch,
) -> Result<variant::Model, VariantUpdateError> {
    let not_found = VariantUpdateError::NotFound(id);
    let (before, index) = Aggregate::lock_with_variant(txn, id).await?.ok_or(not_found)?;
    if version.is_some_and(|version| version != before.variants[index].version) {
        return Err(VariantUpdateError::Conflict(Box::new(before.variants[index].clone())));
    }
    if let Some(sku) = &patch.sku
        && owners(txn, [sku.as_str()].into_iter()).await?.get(sku).is_some_and(|(owner, _)| *owner != id)
    {
        return Err(sku_taken(sku).into());
    }
    let prices = PriceChanges::plan(txn, vec![(id, patch.prices.clone())]).await?;
    if !prices.is_empty() {
        check_currencies(&shop::currencies(txn).await?, &patch.prices)?;
    }
    let mut after = before.clone();
    patch.apply(&before, &mut after.variants[index])?;
    if after.variants[index].archived_at.is_none()
        && let Some(twin) = before.with_combination(&after.variants[index].combination, Some(index))
    {
        return Err(VariantUpdateError::CombinationTaken(Box::new(twin.clone())));
    }
    let entry = AuditEntry::new("variantUpdate").about("Variant", id);
    save(txn, entry, Some(&before), &mut after, &prices).await?;
    Ok(after.variants.swap_remove(index))
}

/// Takes a variant off sale, or puts it on sale again.
#[tracing::instrument(name = "product::variant_archive", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_archive(
    ctx: &OpContext,
    id: VariantId,
    archived: bool,
) -> Result<variant::Model, VariantArchiveError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| archive_in_txn(txn, id, archived).scope_boxed()).await
}

async fn archive_in_txn(
    txn: &Txn<'_>,
    id: VariantId,
    archived: bool,
) -> Result<variant::Model, VariantArchiveError> {
    let not_found = VariantArchiveError::NotFound(id);
    let (before, index) = Aggregate::lock_with_variant(txn, id).await?.ok_or(not_found)?;
    let mut after = before.clone();
    let variant = &mut after.variants[index];
    variant.archived_at = archived.then(|| variant.archived_at.unwrap_or(txn.now()));
    if !archived && let Some(twin) = before.with_combination(&variant.combination, Some(index)) {
        return Err(VariantArchiveError::CombinationTaken(Box::new(twin.clone())));
    }
    let entry = AuditEntry::new("variantArchive").about("Variant", id);
    let saved = save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await;
    saved.map_err(Rejected::into_fault)?;
    Ok(after.variants.swap_remove(index))
}

/// Puts these variants first, in this order; the others follow in their present order.
#[tracing::instrument(name = "product::variants_reorder", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_reorder(
    ctx: &OpContext,
    product: ProductId,
    order: &[VariantId],
) -> Result<product::Model, VariantsReorderError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| reorder_in_txn(txn, product, order).scope_boxed()).await
}

async fn reorder_in_txn(
    txn: &Txn<'_>,
    product: ProductId,
    order: &[VariantId],
) -> Result<product::Model, VariantsReorderError> {
    let before = Aggregate::lock(txn, product).await?.ok_or(VariantsReorderError::NotFound(product))?;
    let known: HashSet<_> = before.variants.iter().map(|variant| variant.id).collect();
    let mut places = HashMap::new();
    for (index, id) in order.iter().enumerate() {
        let problem = match (known.contains(id), places.insert(*id, index)) {
            (false, _) => Some((FieldProblem::UnknownValue, "The product has no variant with this id.")),
            (true, Some(_)) => Some((FieldProblem::Inconsistent, "The variant is in the list twice.")),
            (true, None) => None,
        };
        if let Some((problem, message)) = problem {
            return Err(InvalidField::new("variant_ids", problem, message).into());
        }
    }
    let mut after = before.clone();
    after.variants.sort_by_key(|variant| places.get(&variant.id).copied().unwrap_or(usize::MAX));
    let entry = AuditEntry::new("variantsReorder").about("Product", product);
    save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await?;
    Ok(after.product)
}
