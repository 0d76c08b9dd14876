//! Creating, changing and deleting discounts.

use entity::{DiscountId, Permission, category, collection, discount, product};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, EntityTrait, PrimaryKeyTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    aggregate::{Aggregate, TargetIds, save},
    fields::{DiscountPatch, NewDiscount, Targets, ValidPatch},
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Rejected},
    },
    shop,
};

operation_error! {
    validated
    /// Why a discount was not created.
    pub enum DiscountCreateError {}
}

operation_error! {
    validated
    /// Why a discount was not changed.
    pub enum DiscountUpdateError {
        /// There is no such discount.
        #[error("There is no discount with this id.")]
        NotFound(DiscountId),
        /// The discount was changed since the version that was named: this is the present one.
        #[error("The discount was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<discount::Model>),
    }
}

operation_error! {
    /// Why a discount was not deleted.
    pub enum DiscountDeleteError {
        /// There is no such discount.
        #[error("There is no discount with this id.")]
        NotFound(DiscountId),
        /// There are orders with it.
        #[error("The discount was used in orders. Set `isActive` to false instead.")]
        InUse,
    }
}

/// Creates a discount.
#[tracing::instrument(name = "discount::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ctx: &OpContext, new: NewDiscount) -> Result<discount::Model, DiscountCreateError> {
    ctx.require(Permission::DiscountsEdit).await?;
    let (id, now) = (DiscountId(ctx.random().id(ctx.now())), ctx.now());
    let patch = new.patch.validated(id)?;
    let discount = discount::Model {
        id,
        name: String::new(),
        kind: new.kind,
        ppm: None,
        is_automatic: new.is_automatic,
        is_limited: false,
        minimum_quantity: None,
        starts_at: now,
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: None,
        used: 0,
        account_tag: None,
        priority: 0,
        is_combinable: false,
        is_active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut new = Aggregate { discount, amounts: Vec::new(), targets: TargetIds::default() };
    patch.apply(&mut new)?;
    ctx.write(|txn| create_in_txn(txn, &new, &patch).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    new: &Aggregate,
    patch: &ValidPatch,
) -> Result<discount::Model, DiscountCreateError> {
    check_references(txn, None, new, patch).await?;
    save(txn, AuditEntry::new("discountCreate"), None, new).await?;
    Ok(new.discount.clone())
}

/// Changes a discount, if it still has this version.
#[tracing::instrument(name = "discount::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(
    ctx: &OpContext,
    id: DiscountId,
    version: Option<i32>,
    patch: DiscountPatch,
) -> Result<discount::Model, DiscountUpdateError> {
    ctx.require(Permission::DiscountsEdit).await?;
    let patch = patch.validated(id)?;
    ctx.write(|txn| update_in_txn(txn, id, version, &patch).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: DiscountId,
    version: Option<i32>,
    patch: &ValidPatch,
) -> Result<discount::Model, DiscountUpdateError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(DiscountUpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != before.discount.version) {
        return Err(DiscountUpdateError::Conflict(Box::new(before.discount)));
    }
    let mut after = before.clone();
    patch.apply(&mut after)?;
    if after == before {
        return Ok(before.discount);
    }
    check_references(txn, Some(&before), &after, patch).await?;
    after.discount.version += 1;
    after.discount.updated_at = txn.now();
    save(txn, AuditEntry::new("discountUpdate"), Some(&before), &after).await?;
    Ok(after.discount)
}

/// Deletes a discount with its codes, unless it was used.
#[tracing::instrument(name = "discount::delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete(ctx: &OpContext, id: DiscountId) -> Result<(), DiscountDeleteError> {
    ctx.require(Permission::DiscountsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: DiscountId) -> Result<(), DiscountDeleteError> {
    let found = Aggregate::lock(txn, id).await?.ok_or(DiscountDeleteError::NotFound(id))?;
    if found.discount.used > 0 {
        return Err(DiscountDeleteError::InUse);
    }
    discount::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("discountDelete").about("Discount", id);
    Ok(txn.audit(entry.change(found.audit_json(), Value::Null)).await?)
}

/// Finds a currency or target of the input that there is not, to say which. The targets stay until the end of the
/// transaction.
async fn check_references(
    txn: &Txn<'_>,
    before: Option<&Aggregate>,
    after: &Aggregate,
    patch: &ValidPatch,
) -> Result<(), Rejected> {
    if let Some(amounts) = &patch.amounts
        && before.map_or(&[][..], |before| &before.amounts) != after.amounts
    {
        let known = shop::currencies(txn).await?;
        if let Some(index) = amounts.iter().position(|amount| !known.contains(&amount.currency)) {
            let message = format!("{} is none of the shop's currencies.", amounts[index].currency);
            let invalid = InvalidField::new("currency", FieldProblem::UnknownValue, message);
            return Err(invalid.in_item("amounts", index).into());
        }
    }
    let Targets { products, categories, collections } = &patch.targets;
    let was = before.map(|before| before.targets.clone()).unwrap_or_default();
    if let Some(ids) = products.as_ref().filter(|ids| ids.iter().any(|id| !was.products.contains(id))) {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        check_known::<product::Entity>(txn, product::Column::Id, &ids, "product_ids").await?;
    }
    if let Some(ids) = categories.as_ref().filter(|ids| ids.iter().any(|id| !was.categories.contains(id))) {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        check_known::<category::Entity>(txn, category::Column::Id, &ids, "category_ids").await?;
    }
    if let Some(ids) = collections.as_ref().filter(|ids| ids.iter().any(|id| !was.collections.contains(id))) {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        check_known::<collection::Entity>(txn, collection::Column::Id, &ids, "collection_ids").await?;
    }
    Ok(())
}

/// Whether there are rows with all these keys, which stay until the end of the transaction.
async fn check_known<E: EntityTrait>(
    txn: &Txn<'_>,
    key: impl ColumnTrait,
    ids: &[Uuid],
    list: &'static str,
) -> Result<(), Rejected>
where
    E::PrimaryKey: PrimaryKeyTrait,
{
    let chosen = txn.services().db.any_of(key, ids.iter().copied());
    let known = E::find().select_only().column(key).filter(chosen).order_by_asc(key);
    let known: Vec<Uuid> = known.lock(LockType::KeyShare).into_tuple().all(txn).await?;
    let Some(index) = ids.iter().position(|id| !known.contains(id)) else { return Ok(()) };
    let message = "There is no such object with this id.";
    Err(InvalidField::of_item(list, index, FieldProblem::UnknownValue, message).into())
}
