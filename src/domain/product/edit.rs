//! Creating and changing products, and deciding who sees them.

use entity::{Permission, ProductId, product, variant};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::{
    aggregate::{Aggregate, OptionValues},
    fields::ProductPatch,
    name_key,
    option::{NewOption, check, new_option},
    price_write::PriceChanges,
    save::save,
    slug,
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    database,
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Rejected},
    },
};

operation_error! {
    validated
    /// Why a product was not created.
    pub enum CreateError {}
}

operation_error! {
    validated
    /// Why a product was not changed.
    pub enum UpdateError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
        /// The product was changed since the version that was named: this is the present one.
        #[error("The product was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<product::Model>),
    }
}

operation_error! {
    /// Why a product was not published.
    pub enum PublishError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
        #[error("The product has no variant on sale. Create one first.")]
        NoVariants,
    }
}

operation_error! {
    /// Why a product was not archived.
    pub enum ArchiveError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
    }
}

operation_error! {
    /// Why a product was not deleted.
    pub enum DeleteError {
        #[error("There is no product with this id.")]
        NotFound(ProductId),
        #[error("Orders or movements of stock refer to the product. Archive it instead.")]
        InUse,
    }
}

/// Creates a draft.
#[tracing::instrument(name = "product::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(
    ctx: &OpContext,
    patch: ProductPatch,
    options: &[NewOption],
) -> Result<product::Model, CreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let patch = patch.validated()?;
    ctx.write(|txn| create_in_txn(txn, &patch, options).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    patch: &ProductPatch,
    options: &[NewOption],
) -> Result<product::Model, CreateError> {
    let mut product = new_product(txn, patch)?;
    product.options = parsed(txn, options)?;
    let entry = AuditEntry::new("productCreate").about("Product", product.product.id);
    save(txn, entry, None, &mut product, &PriceChanges::default()).await?;
    Ok(product.product)
}

/// A new product with validated fields. Without a slug it gets one from its name.
pub(super) fn new_product(txn: &Txn<'_>, patch: &ProductPatch) -> Result<Aggregate, InvalidField> {
    let Some(name) = patch.name.clone() else {
        return Err(InvalidField::new("name", FieldProblem::Required, "The name is missing."));
    };
    let product = product::Model {
        id: ProductId(txn.random().id(txn.now())),
        category_id: None,
        slug: patch.slug.clone().map_or_else(|| slug::from_name(&name), Ok)?,
        name_key: name_key(&name),
        name,
        status: product::Status::Draft,
        description: String::new(),
        seo_title: None,
        seo_description: None,
        external_id: None,
        metadata: json!({}),
        private_metadata: json!({}),
        version: 1,
        created_at: txn.now(),
        updated_at: txn.now(),
    };
    let mut aggregate = Aggregate { product, tags: Vec::new(), options: Vec::new(), variants: Vec::new() };
    patch.clone().apply(&mut aggregate);
    Ok(aggregate)
}

fn parsed(txn: &Txn<'_>, options: &[NewOption]) -> Result<Vec<OptionValues>, InvalidField> {
    let mut parsed = Vec::with_capacity(options.len());
    for (index, option) in options.iter().enumerate() {
        let in_item = |invalid: InvalidField| invalid.in_item("options", index);
        parsed.push(new_option(txn, option).map_err(in_item)?);
        check(&parsed).map_err(in_item)?;
    }
    Ok(parsed)
}

/// Changes a product, if it still has this version.
#[tracing::instrument(name = "product::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(
    ctx: &OpContext,
    id: ProductId,
    version: Option<i32>,
    patch: ProductPatch,
) -> Result<product::Model, UpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let patch = patch.validated()?;
    ctx.write(|txn| update_in_txn(txn, id, version, &patch).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: ProductId,
    version: Option<i32>,
    patch: &ProductPatch,
) -> Result<product::Model, UpdateError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(UpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != before.product.version) {
        return Err(UpdateError::Conflict(Box::new(before.product)));
    }
    let mut after = before.clone();
    patch.clone().apply(&mut after);
    let entry = AuditEntry::new("productUpdate").about("Product", id);
    save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await?;
    Ok(after.product)
}

/// Makes a product visible to all.
#[tracing::instrument(name = "product::publish", level = "debug", skip_all, err(level = "debug"))]
pub async fn publish(ctx: &OpContext, id: ProductId) -> Result<product::Model, PublishError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| publish_in_txn(txn, id).scope_boxed()).await
}

async fn publish_in_txn(txn: &Txn<'_>, id: ProductId) -> Result<product::Model, PublishError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(PublishError::NotFound(id))?;
    if !before.has_variant_on_sale() {
        return Err(PublishError::NoVariants);
    }
    let mut after = before.clone();
    after.product.status = product::Status::Active;
    let entry = AuditEntry::new("productPublish").about("Product", id);
    let saved = save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await;
    saved.map_err(Rejected::into_fault)?;
    Ok(after.product)
}

/// Hides a product from shoppers.
#[tracing::instrument(name = "product::archive", level = "debug", skip_all, err(level = "debug"))]
pub async fn archive(ctx: &OpContext, id: ProductId) -> Result<product::Model, ArchiveError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| archive_in_txn(txn, id).scope_boxed()).await
}

async fn archive_in_txn(txn: &Txn<'_>, id: ProductId) -> Result<product::Model, ArchiveError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(ArchiveError::NotFound(id))?;
    let mut after = before.clone();
    after.product.status = product::Status::Archived;
    let entry = AuditEntry::new("productArchive").about("Product", id);
    let saved = save(txn, entry, Some(&before), &mut after, &PriceChanges::default()).await;
    saved.map_err(Rejected::into_fault)?;
    Ok(after.product)
}

/// Deletes a product to which nothing refers.
#[tracing::instrument(name = "product::delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete(ctx: &OpContext, id: ProductId) -> Result<ProductId, DeleteError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: ProductId) -> Result<ProductId, DeleteError> {
    let locked = product::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    let locked = locked.ok_or(DeleteError::NotFound(id))?;
    // The foreign keys of orders and movements of stock refuse it.
    delete_rows(txn, id).await.map_err(|error| match database::is_referenced(&error) {
        true => DeleteError::InUse,
        false => error.into(),
    })?;
    let was = json!({ "name": locked.name, "slug": locked.slug, "externalId": locked.external_id });
    let entry = AuditEntry::new("productDelete").about("Product", id);
    txn.audit(entry.change(was, Value::Null)).await?;
    Ok(id)
}

/// Two statements: an option's values may not go before the variants that have them.
async fn delete_rows(txn: &Txn<'_>, id: ProductId) -> Result<(), DbErr> {
    variant::Entity::delete_many().filter(variant::Column::ProductId.eq(id)).exec(txn).await?;
    product::Entity::delete_by_id(id).exec(txn).await.map(drop)
}
