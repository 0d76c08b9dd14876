//! Metadata of products and variants.

use entity::{Permission, ProductId, VariantId, product, variant};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect};
use secrecy::SecretString;
use serde_json::Value;

use crate::domain::{
    context::{OpContext, Txn},
    kernel::{fault::Fault, text::Rejected},
    metadata::HasMetadata,
};

impl HasMetadata for product::Model {
    type Key = ProductId;

    type Right = ();

    async fn right(ctx: &OpContext, _: Option<SecretString>, _: bool) -> Result<(), Fault> {
        ctx.require(Permission::ProductsEdit).await.map(drop)
    }

    async fn lock(txn: &Txn<'_>, key: ProductId, _: &()) -> Result<Option<Self>, Fault> {
        Ok(product::Entity::find_by_id(key).lock_exclusive().one(txn).await?)
    }

    fn metadata(&self, private: bool) -> &Value {
        if private { &self.private_metadata } else { &self.metadata }
    }

    async fn store(self, txn: &Txn<'_>, private: bool, metadata: Value) -> Result<Self, Rejected> {
        let version = self.version + 1;
        let mut row = self.into_active_model();
        match private {
            true => row.private_metadata = Set(metadata),
            false => row.metadata = Set(metadata),
        }
        row.version = Set(version);
        row.updated_at = Set(txn.now());
        Ok(row.update(txn).await?)
    }
}

/// Changes of a variant follow those of its product: the product's row is locked first, and its `updated_at` grows.
impl HasMetadata for variant::Model {
    type Key = VariantId;

    type Right = ();

    async fn right(ctx: &OpContext, _: Option<SecretString>, _: bool) -> Result<(), Fault> {
        ctx.require(Permission::ProductsEdit).await.map(drop)
    }

    async fn lock(txn: &Txn<'_>, key: VariantId, _: &()) -> Result<Option<Self>, Fault> {
        let Some(found) = variant::Entity::find_by_id(key).one(txn).await? else { return Ok(None) };
        product::Entity::find_by_id(found.product_id).lock_exclusive().one(txn).await?;
        Ok(variant::Entity::find_by_id(key).lock_exclusive().one(txn).await?)
    }

    fn metadata(&self, private: bool) -> &Value {
        if private { &self.private_metadata } else { &self.metadata }
    }

    async fn store(self, txn: &Txn<'_>, private: bool, metadata: Value) -> Result<Self, Rejected> {
        let changed = product::ActiveModel {
            id: Set(self.product_id),
            updated_at: Set(txn.now()),
            ..Default::default()
        };
        product::Entity::update(changed).exec(txn).await?;
        let version = self.version + 1;
        let mut row = self.into_active_model();
        match private {
            true => row.private_metadata = Set(metadata),
            false => row.metadata = Set(metadata),
        }
        row.version = Set(version);
        Ok(row.update(txn).await?)
    }
}
