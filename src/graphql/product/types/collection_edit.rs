//! Inputs and payloads of the mutations on collections.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::ProductId;

use super::Collection;
use crate::{
    domain::{
        kernel::patch::Patch,
        product::{self, CollectionUpdate, LabelChange, NewCollection, NewLabel},
    },
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::payload,
        scalar::Timestamp,
    },
};

/// New collection.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionCreateInput {
    /// Display name, 1 to 200 characters on one line.
    name: String,
    /// Name in URLs, unique among collections: letters a to z, digits, and single hyphens between them, at most 100
    /// characters; made from the name by default.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
    /// Start of the active period; no bound by default.
    active_from: Option<Timestamp>,
    /// End of the active period, after its start; no bound by default.
    active_until: Option<Timestamp>,
}

impl From<CollectionCreateInput> for NewCollection {
    fn from(input: CollectionCreateInput) -> Self {
        Self {
            label: NewLabel { name: input.name, slug: input.slug, description: input.description },
            active_from: input.active_from.map(|time| time.0),
            active_until: input.active_until.map(|time| time.0),
        }
    }
}

/// Change of a collection. Texts that are missing or null stay as they are.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionUpdateInput {
    /// Global id of the collection.
    pub(in crate::graphql::product) id: ID,
    /// Version that the change was made from. If the collection has another by now, nothing is changed, and `Conflict` has
    /// the present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Display name, 1 to 200 characters on one line.
    name: Option<String>,
    /// Name in URLs, unique among collections: letters a to z, digits, and single hyphens between them, at most 100
    /// characters. The former one no longer leads to the collection.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
    /// Start of the active period; null for no bound. The start stays if the field is missing.
    active_from: MaybeUndefined<Timestamp>,
    /// End of the active period, after its start; null for no bound. The end stays if the field is missing.
    active_until: MaybeUndefined<Timestamp>,
}

impl From<CollectionUpdateInput> for CollectionUpdate {
    fn from(input: CollectionUpdateInput) -> Self {
        let time = |time: MaybeUndefined<Timestamp>| -> Patch<DateTime<Utc>> {
            Option::from(time).map(|time: Option<Timestamp>| time.map(|time| time.0))
        };
        Self {
            version: input.version,
            label: LabelChange { name: input.name, slug: input.slug, description: input.description },
            active_from: time(input.active_from),
            active_until: time(input.active_until),
        }
    }
}

/// Collection to delete.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionDeleteInput {
    /// Global id of the collection.
    pub(in crate::graphql::product) id: ID,
}

/// Products to add to a collection.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionProductsAddInput {
    /// Global id of the collection, which has at most 1,000 products.
    pub(in crate::graphql::product) id: ID,
    /// Global ids of 1 to 100 products, in their order.
    pub(in crate::graphql::product) product_ids: Vec<ID>,
}

/// Products to remove from a collection.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionProductsRemoveInput {
    /// Global id of the collection.
    pub(in crate::graphql::product) id: ID,
    /// Global ids of 1 to 100 products. Those that are not in the collection change nothing.
    pub(in crate::graphql::product) product_ids: Vec<ID>,
}

/// New places of products in a collection.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CollectionProductsReorderInput {
    /// Global id of the collection.
    pub(in crate::graphql::product) id: ID,
    /// Global ids of 1 to 100 products of the collection, in their new order.
    pub(in crate::graphql::product) product_ids: Vec<ID>,
    /// Global id of the product of the collection after which they come; the start by default.
    pub(in crate::graphql::product) after_id: Option<ID>,
}

/// The keys of `input.productIds`.
pub(in crate::graphql::product) fn product_keys(ids: &[ID]) -> Result<Vec<ProductId>, ResolverError> {
    let key = |(index, id)| ProductId::from_global(id, &format!("input.productIds[{index}]"));
    ids.iter().enumerate().map(key).collect()
}

payload! {
    /// Payload of `collectionCreate`.
    CollectionCreatePayload {
        /// The new collection; null on failure.
        collection: Collection,
    }
    /// Failure of `collectionCreate`.
    CollectionCreateError: InvalidField;
    from product::CollectionCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `collectionUpdate`.
    CollectionUpdatePayload {
        /// The collection after the change; null on failure.
        collection: Collection,
    }
    /// Failure of `collectionUpdate`.
    CollectionUpdateError: NotFound, InvalidField, Conflict;
    from product::CollectionUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Collection::from(*present))) } at "version",
    }
}

payload! {
    /// Payload of `collectionDelete`.
    CollectionDeletePayload {
        /// Global id of the deleted collection; null on failure.
        deleted_id: ID,
    }
    /// Failure of `collectionDelete`.
    CollectionDeleteError: NotFound;
    from product::CollectionDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}

payload! {
    /// Payload of `collectionProductsAdd`.
    CollectionProductsAddPayload {
        /// The collection with its products; null on failure.
        collection: Collection,
    }
    /// Failure of `collectionProductsAdd`.
    CollectionProductsAddError: NotFound, InvalidField;
    from product::CollectionProductsAddError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `collectionProductsRemove`.
    CollectionProductsRemovePayload {
        /// The collection without the products; null on failure.
        collection: Collection,
    }
    /// Failure of `collectionProductsRemove`.
    CollectionProductsRemoveError: NotFound, InvalidField;
    from product::CollectionProductsRemoveError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `collectionProductsReorder`.
    CollectionProductsReorderPayload {
        /// The collection in its new order; null on failure.
        collection: Collection,
    }
    /// Failure of `collectionProductsReorder`.
    CollectionProductsReorderError: NotFound, InvalidField;
    from product::CollectionProductsReorderError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
