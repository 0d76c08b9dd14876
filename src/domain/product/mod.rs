//! The catalogue: categories, the products in them, and the variants of a product. Shoppers see active products and their
//! variants on sale; those with `PRODUCTS_EDIT` see all. A viewer who cannot be looked up counts as a shopper, so that the
//! catalogue can be read while the session store is down.

mod aggregate;
mod category;
mod collection;
mod edit;
mod facets;
mod fields;
mod image;
mod label;
mod list;
mod metadata;
mod name_key;
mod option;
mod option_read;
mod price;
mod price_set;
mod price_write;
mod save;
mod set;
mod slug;
mod variant;
mod variant_edit;
mod variant_fields;

pub use aggregate::{OptionValue, OptionValues, combination};
pub use category::{
    CategoryCreateError, CategoryDeleteError, CategoryMoveError, CategoryPlace, CategoryUpdateError,
    ancestors_of, categories, categories_by_ids, category_by_id, category_by_slug, category_create,
    category_delete, category_move, category_update, children_of, product_counts_of,
};
pub use collection::{
    CollectionCreateError, CollectionDeleteError, CollectionProductsAddError, CollectionProductsRemoveError,
    CollectionProductsReorderError, CollectionUpdate, CollectionUpdateError, NewCollection, collection_by_id,
    collection_by_slug, collection_create, collection_delete, collection_is_active, collection_products_add,
    collection_products_remove, collection_products_reorder, collection_update, collections,
    collections_by_ids, collections_of,
};
pub use edit::{
    ArchiveError, CreateError, DeleteError, PublishError, UpdateError, archive, create, delete, publish,
    update,
};
pub use facets::{Facets, facets_of};
pub use fields::ProductPatch;
pub use image::{NewImage, ProductImagesSetError, images_of, product_images_set};
pub use label::{LabelChange, NewLabel};
pub use list::{Filter, PriceRange, Sort, SortKey, list};
pub use name_key::name_key;
pub use option::{
    NewOption, OptionCreateError, OptionDeleteError, OptionPatch, OptionUpdateError, SelectedOption,
    ValuePatch, option_create, option_delete, option_update,
};
pub use option_read::{options_by_ids, options_of, selections_of, tags_of};
pub use price::{default_currency, price_ranges_of, prices_of, prior_prices_of};
pub use price_set::{NewPrice, VariantPricesSetError, variant_prices_set};
pub use set::{ProductSet, ProductSetError, set};
pub use variant::{availability_of, variant_by_sku, variants_by_ids, variants_of};
pub use variant_edit::{
    Created, VariantArchiveError, VariantCreateError, VariantUpdateError, VariantsCreateError,
    VariantsReorderError, variant_archive, variant_create, variant_update, variants_create, variants_reorder,
};
pub use variant_fields::VariantPatch;

use std::collections::HashMap;

use entity::{Permission, ProductId, product};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use crate::domain::{context::OpContext, kernel::fault::Fault};

/// The product with this id.
#[tracing::instrument(name = "product::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(ctx: &OpContext, id: ProductId) -> Result<Option<product::Model>, Fault> {
    Ok(visible(ctx, product::Entity::find_by_id(id)).await.one(ctx.db()).await?)
}

/// The product with this name in addresses, also a former one.
#[tracing::instrument(name = "product::by_slug", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_slug(ctx: &OpContext, slug: &str) -> Result<Option<product::Model>, Fault> {
    Ok(visible(ctx, product::Entity::with_slug(slug)).await.one(ctx.db()).await?)
}

/// The product with this key in another system.
#[tracing::instrument(name = "product::by_external_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_external_id(ctx: &OpContext, id: &str) -> Result<Option<product::Model>, Fault> {
    let found = product::Entity::find().filter(product::Column::ExternalId.eq(id));
    Ok(visible(ctx, found).await.one(ctx.db()).await?)
}

/// Those of the products with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "product::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[ProductId]) -> Result<HashMap<ProductId, product::Model>, Fault> {
    let chosen = ctx.services().db.any_of(product::Column::Id, ids.iter().map(|id| id.0));
    let products = visible(ctx, product::Entity::find().filter(chosen)).await.all(ctx.db()).await?;
    Ok(products.into_iter().map(|product| (product.id, product)).collect())
}

/// Whether the viewer sees drafts, archived products and what is for staff.
pub async fn sees_all(ctx: &OpContext) -> bool {
    ctx.viewer().await.is_ok_and(|viewer| viewer.permissions().has(Permission::ProductsEdit))
}

/// A value that only those see who see all.
pub async fn for_staff<T>(ctx: &OpContext, value: Option<T>) -> Option<T> {
    if sees_all(ctx).await { value } else { None }
}

async fn visible(ctx: &OpContext, products: Select<product::Entity>) -> Select<product::Entity> {
    match sees_all(ctx).await {
        true => products,
        false => products.filter(product::Column::Status.eq(product::Status::Active)),
    }
}
