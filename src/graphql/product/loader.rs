//! Batch reads of the catalogue.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use entity::{CategoryId, ProductId, VariantId, category, product as product_row, variant};

use crate::{
    domain::{Fault, product},
    graphql::loader::Loader,
};

/// Loads the variants of a product.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VariantsOf(pub(super) ProductId);

/// Loads the categories directly below a category.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ChildrenOf(pub(super) CategoryId);

impl dataloader::Loader<VariantsOf> for Loader {
    type Value = Arc<[variant::Model]>;
    type Error = Fault;

    async fn load(&self, keys: &[VariantsOf]) -> Result<HashMap<VariantsOf, Self::Value>, Fault> {
        let products: Vec<_> = keys.iter().map(|key| key.0).collect();
        let variants = product::variants_of(&self.op, &products).await?;
        Ok(variants.into_iter().map(|(product, variants)| (VariantsOf(product), variants)).collect())
    }
}

impl dataloader::Loader<ChildrenOf> for Loader {
    type Value = Arc<[category::Model]>;
    type Error = Fault;

    async fn load(&self, keys: &[ChildrenOf]) -> Result<HashMap<ChildrenOf, Self::Value>, Fault> {
        let parents: Vec<_> = keys.iter().map(|key| key.0).collect();
        let children = product::children_of(&self.op, &parents).await?;
        Ok(children.into_iter().map(|(parent, children)| (ChildrenOf(parent), children)).collect())
    }
}

impl dataloader::Loader<CategoryId> for Loader {
    type Value = category::Model;
    type Error = Fault;

    async fn load(&self, keys: &[CategoryId]) -> Result<HashMap<CategoryId, Self::Value>, Fault> {
        product::categories_by_ids(&self.op, keys).await
    }
}

impl dataloader::Loader<ProductId> for Loader {
    type Value = product_row::Model;
    type Error = Fault;

    async fn load(&self, keys: &[ProductId]) -> Result<HashMap<ProductId, Self::Value>, Fault> {
        product::by_ids(&self.op, keys).await
    }
}

impl dataloader::Loader<VariantId> for Loader {
    type Value = variant::Model;
    type Error = Fault;

    async fn load(&self, keys: &[VariantId]) -> Result<HashMap<VariantId, Self::Value>, Fault> {
        product::variants_by_ids(&self.op, keys).await
    }
}
