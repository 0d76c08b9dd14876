//! Deleting categories.

use entity::{CategoryId, Permission, category, product};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType},
};
use serde_json::{Value, json};

use super::{audit_json, lock_tree, unknown};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        global_id::GlobalId,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField},
    },
};

operation_error! {
    validated
    /// Why a category was not deleted.
    pub enum CategoryDeleteError {
        /// There is no such category.
        #[error("There is no category with this id.")]
        NotFound(CategoryId),
        /// It has children, or products and no place to move them to.
        #[error("The category has {children} child categories and {products} products. Move the categories first; for the products, name a category to move them to.")]
        InUse {
            /// Number of categories directly below it.
            children: u64,
            /// Number of products in it.
            products: u64,
        },
    }
}

/// Deletes a category without children. Its products move to another category.
#[tracing::instrument(name = "product::category_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_delete(
    ctx: &OpContext,
    id: CategoryId,
    move_products_to: Option<CategoryId>,
) -> Result<(), CategoryDeleteError> {
    ctx.require(Permission::ProductsEdit).await?;
    if move_products_to == Some(id) {
        let message = "The products cannot stay in the category that is deleted. Name another category.";
        return Err(InvalidField::new("move_products_to", FieldProblem::Inconsistent, message).into());
    }
    ctx.write(|txn| delete_in_txn(txn, id, move_products_to).scope_boxed()).await
}

async fn delete_in_txn(
    txn: &Txn<'_>,
    id: CategoryId,
    target: Option<CategoryId>,
) -> Result<(), CategoryDeleteError> {
    lock_tree(txn).await?;
    // This lock also holds back rows that would refer to the category, so that the numbers stay true.
    let found = category::Entity::find_by_id(id).lock(LockType::Update).one(txn).await?;
    let category = found.ok_or(CategoryDeleteError::NotFound(id))?;
    if let Some(target) = target {
        category::Entity::find_by_id(target).one(txn).await?.ok_or(unknown("move_products_to"))?;
    }
    let children = category::Entity::below(Some(id)).count(txn).await?;
    let products = product::Entity::find().filter(product::Column::CategoryId.eq(id)).count(txn).await?;
    if children > 0 || (products > 0 && target.is_none()) {
        return Err(CategoryDeleteError::InUse { children, products });
    }
    if products > 0 {
        move_products(txn, id, target).await?;
    }
    category::Entity::delete_by_id(id).exec(txn).await?;
    let mut was = audit_json(&category);
    if products > 0 {
        was["products"] = json!(products);
        was["moveProductsTo"] = json!(target.map(GlobalId::global_id));
    }
    let entry = AuditEntry::new("categoryDelete").about("Category", id);
    Ok(txn.audit(entry.change(was, Value::Null)).await?)
}

async fn move_products(txn: &Txn<'_>, from: CategoryId, to: Option<CategoryId>) -> Result<(), DbErr> {
    use product::Column::{CategoryId as Category, UpdatedAt, Version};
    product::Entity::update_many()
        .col_expr(Category, Expr::val(to))
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdatedAt, Expr::val(txn.now()))
        .filter(Category.eq(from))
        .exec(txn)
        .await?;
    Ok(())
}
