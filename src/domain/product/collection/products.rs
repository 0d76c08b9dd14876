//! The products of a collection and their order. Each change locks the collection, so that changes follow each other.

use entity::{CollectionId, Permission, ProductId, collection, collection_product, product};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Value, json};

use super::edit::lock;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        global_id::GlobalId,
        operation_error::operation_error,
        ordering,
        text::{FieldProblem, InvalidField, Rejected},
    },
};

/// Maximum number of products of a collection.
const MAX_PRODUCTS: usize = 1_000;

/// Maximum number of products of one call.
const MAX_AT_ONCE: usize = 100;

operation_error! {
    validated
    /// Why products were not added.
    pub enum CollectionProductsAddError {
        /// There is no such collection.
        #[error("There is no collection with this id.")]
        NotFound(CollectionId),
    }
}

operation_error! {
    validated
    /// Why products were not removed.
    pub enum CollectionProductsRemoveError {
        /// There is no such collection.
        #[error("There is no collection with this id.")]
        NotFound(CollectionId),
    }
}

operation_error! {
    validated
    /// Why products were not moved.
    pub enum CollectionProductsReorderError {
        /// There is no such collection.
        #[error("There is no collection with this id.")]
        NotFound(CollectionId),
    }
}

/// Adds products at the end of a collection, in this order; those already in it stay where they are.
#[tracing::instrument(
    name = "product::collection_products_add",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn collection_products_add(
    ctx: &OpContext,
    id: CollectionId,
    products: &[ProductId],
) -> Result<collection::Model, CollectionProductsAddError> {
    ctx.require(Permission::ProductsEdit).await?;
    check_number(products)?;
    ctx.write(|txn| add_in_txn(txn, id, products).scope_boxed()).await
}

async fn add_in_txn(
    txn: &Txn<'_>,
    id: CollectionId,
    products: &[ProductId],
) -> Result<collection::Model, CollectionProductsAddError> {
    let collection = lock(txn, id).await?.ok_or(CollectionProductsAddError::NotFound(id))?;
    check_products(txn, products).await?;
    let rows = members(txn, id).await?;
    let mut new: Vec<ProductId> = Vec::new();
    for product in products {
        if !new.contains(product) && rows.iter().all(|row| row.0 != *product) {
            new.push(*product);
        }
    }
    if new.is_empty() {
        return Ok(collection);
    }
    if rows.len() + new.len() > MAX_PRODUCTS {
        let message = format!("A collection has at most {MAX_PRODUCTS} products.");
        return Err(InvalidField::new("product_ids", FieldProblem::OutOfRange, message).into());
    }
    let placed = ordering::place(&rows, &new, rows.last().map(|row| row.0));
    store(txn, id, placed).await?;
    let entry = AuditEntry::new("collectionProductsAdd").change(Value::Null, audit_json(&new));
    Ok(changed(txn, collection, entry).await?)
}

/// Removes products from a collection.
#[tracing::instrument(
    name = "product::collection_products_remove",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn collection_products_remove(
    ctx: &OpContext,
    id: CollectionId,
    products: &[ProductId],
) -> Result<collection::Model, CollectionProductsRemoveError> {
    ctx.require(Permission::ProductsEdit).await?;
    check_number(products)?;
    ctx.write(|txn| remove_in_txn(txn, id, products).scope_boxed()).await
}

async fn remove_in_txn(
    txn: &Txn<'_>,
    id: CollectionId,
    products: &[ProductId],
) -> Result<collection::Model, CollectionProductsRemoveError> {
    use collection_product::Column::{CollectionId as Collection, ProductId as Product};
    let collection = lock(txn, id).await?.ok_or(CollectionProductsRemoveError::NotFound(id))?;
    check_products(txn, products).await?;
    let rows = members(txn, id).await?;
    let removed: Vec<_> = rows.iter().map(|row| row.0).filter(|member| products.contains(member)).collect();
    if removed.is_empty() {
        return Ok(collection);
    }
    let chosen = txn.services().db.any_of(Product, removed.iter().map(|product| product.0));
    collection_product::Entity::delete_many().filter(Collection.eq(id)).filter(chosen).exec(txn).await?;
    let entry = AuditEntry::new("collectionProductsRemove").change(audit_json(&removed), Value::Null);
    Ok(changed(txn, collection, entry).await?)
}

/// Moves products of a collection, in this order, behind another one of it, or to its start.
#[tracing::instrument(
    name = "product::collection_products_reorder",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn collection_products_reorder(
    ctx: &OpContext,
    id: CollectionId,
    products: &[ProductId],
    after: Option<ProductId>,
) -> Result<collection::Model, CollectionProductsReorderError> {
    ctx.require(Permission::ProductsEdit).await?;
    check_number(products)?;
    if let Some(index) = (1..products.len()).find(|index| products[..*index].contains(&products[*index])) {
        let message = "The product is in the list twice.";
        return Err(InvalidField::of_item("product_ids", index, FieldProblem::Inconsistent, message).into());
    }
    if after.is_some_and(|after| products.contains(&after)) {
        let message = "The product is one of those that are moved. Name one that stays.";
        return Err(InvalidField::new("after_id", FieldProblem::Inconsistent, message).into());
    }
    ctx.write(|txn| reorder_in_txn(txn, id, products, after).scope_boxed()).await
}

async fn reorder_in_txn(
    txn: &Txn<'_>,
    id: CollectionId,
    products: &[ProductId],
    after: Option<ProductId>,
) -> Result<collection::Model, CollectionProductsReorderError> {
    let collection = lock(txn, id).await?.ok_or(CollectionProductsReorderError::NotFound(id))?;
    let rows = members(txn, id).await?;
    let is_missing = |product: &ProductId| rows.iter().all(|row| row.0 != *product);
    let message = "There is no product with this id in the collection.";
    if let Some(index) = products.iter().position(is_missing) {
        return Err(InvalidField::of_item("product_ids", index, FieldProblem::UnknownValue, message).into());
    }
    if after.as_ref().is_some_and(is_missing) {
        return Err(InvalidField::new("after_id", FieldProblem::UnknownValue, message).into());
    }
    let placed = ordering::place(&rows, products, after);
    if placed.is_empty() {
        return Ok(collection);
    }
    store(txn, id, placed).await?;
    let mut order = audit_json(products);
    order["afterId"] = json!(after.map(GlobalId::global_id));
    let entry = AuditEntry::new("collectionProductsReorder").change(Value::Null, order);
    Ok(changed(txn, collection, entry).await?)
}

fn check_number(products: &[ProductId]) -> Result<(), InvalidField> {
    if (1..=MAX_AT_ONCE).contains(&products.len()) {
        return Ok(());
    }
    let message = format!("Give 1 to {MAX_AT_ONCE} products.");
    Err(InvalidField::new("product_ids", FieldProblem::OutOfRange, message))
}

/// Finds a product that does not exist; the others stay until the end of the transaction.
async fn check_products(txn: &Txn<'_>, products: &[ProductId]) -> Result<(), Rejected> {
    let chosen = txn.services().db.any_of(product::Column::Id, products.iter().map(|id| id.0));
    let found: Vec<ProductId> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(chosen)
        .order_by_asc(product::Column::Id)
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(txn)
        .await?;
    match products.iter().position(|product| !found.contains(product)) {
        None => Ok(()),
        Some(index) => {
            let message = "There is no product with this id.";
            Err(InvalidField::of_item("product_ids", index, FieldProblem::UnknownValue, message).into())
        }
    }
}

/// The products of a collection with their positions, in their order.
async fn members(txn: &Txn<'_>, id: CollectionId) -> Result<Vec<(ProductId, i32)>, DbErr> {
    use collection_product::Column::{CollectionId as Collection, Position, ProductId as Product};
    collection_product::Entity::find()
        .select_only()
        .columns([Product, Position])
        .filter(Collection.eq(id))
        .order_by_asc(Position)
        .order_by_asc(Product)
        .into_tuple()
        .all(txn)
        .await
}

/// Gives products of a collection these positions, new ones too, in one statement.
async fn store(txn: &Txn<'_>, id: CollectionId, placed: Vec<(ProductId, i32)>) -> Result<(), DbErr> {
    use collection_product::Column::{CollectionId as Collection, Position, ProductId as Product};
    let rows = placed.into_iter().map(|(product, position)| collection_product::ActiveModel {
        collection_id: Set(id),
        product_id: Set(product),
        position: Set(position),
    });
    let replace = OnConflict::columns([Collection, Product]).update_column(Position).to_owned();
    collection_product::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(())
}

/// Counts a change of the collection and writes it down.
async fn changed(
    txn: &Txn<'_>,
    collection: collection::Model,
    entry: AuditEntry,
) -> Result<collection::Model, Rejected> {
    let (id, version) = (collection.id, collection.version + 1);
    let mut row = collection.into_active_model();
    row.version = Set(version);
    let collection = row.update(txn).await?;
    txn.audit(entry.about("Collection", id)).await?;
    Ok(collection)
}

fn audit_json(products: &[ProductId]) -> Value {
    json!({ "productIds": products.iter().map(|id| id.global_id()).collect::<Vec<_>>() })
}
