//! Collections: products put together by hand, in an order, for a time.

mod edit;
mod products;
mod read;

pub use edit::{
    CollectionCreateError, CollectionDeleteError, CollectionUpdate, CollectionUpdateError, NewCollection,
    collection_create, collection_delete, collection_update,
};
pub use products::{
    CollectionProductsAddError, CollectionProductsRemoveError, CollectionProductsReorderError,
    collection_products_add, collection_products_remove, collection_products_reorder,
};
pub(super) use read::visible_ids;
pub use read::{
    collection_by_id, collection_by_slug, collection_is_active, collections, collections_by_ids,
    collections_of,
};
