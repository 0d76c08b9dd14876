//! Metadata of any object that has them. Only this file and its parent know these types of every noun.

use async_graphql::{Context, ID, InputObject, Interface, Object};
use entity::{product, variant};

use super::{
    cart::{Cart, CartLine},
    kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::{self, NodeType},
        member::{InvalidField, NotFound},
        payload::payload,
        scalar::Json,
    },
    product::{Product, Variant},
};
use crate::domain::{
    cart::{self, LineOfCart},
    context::OpContext,
    metadata::{self, MetadataChange},
};

/// An object with metadata: texts by key that clients keep with it. `metadataUpdate` changes them.
#[derive(Interface)]
#[graphql(
    field(name = "metadata", ty = "Json", desc = "Metadata: texts by key."),
    field(
        name = "private_metadata",
        ty = "Option<Json>",
        desc = "Metadata for staff: texts by key; null for viewers who may not change the object."
    )
)]
pub(super) enum HasMetadata {
    Cart(Cart),
    CartLine(CartLine),
    Product(Product),
    Variant(Variant),
}

/// Change of an object's metadata. After it the object has at most 50 entries.
#[derive(InputObject)]
pub(super) struct MetadataUpdateInput {
    /// Global id of the object: a cart, a line of a cart, a product or a variant.
    id: ID,
    /// Entries to set, as an object of strings of at most 1,000 characters. A key is 1 to 64 letters a to z, digits, `_`, `.`,
    /// `:` and `-`. Entries with other keys stay.
    set: Option<Json>,
    /// Keys to remove. Keys without an entry are ignored.
    remove: Option<Vec<String>>,
    /// Whether `privateMetadata` is changed instead of `metadata`.
    #[graphql(default)]
    private: bool,
    /// Token of a guest's cart, if the object is part of one. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
}

payload! {
    /// Payload of `metadataUpdate`.
    MetadataUpdatePayload {
        /// The object with its metadata; null on failure.
        object: HasMetadata,
    }
    /// Failure of `metadataUpdate`.
    MetadataUpdateError: NotFound, InvalidField;
    from metadata::MetadataUpdateError {
        NotFound(id) => NotFound { id: ID(id) } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Mutation of metadata.
#[derive(Default)]
pub(super) struct MetadataMutation;

#[Object]
impl MetadataMutation {
    /// Sets and removes entries of an object's metadata. Requires the permission to change the object: `PRODUCTS_EDIT` for
    /// products and variants. The owner of a cart changes the metadata of the cart and its lines; their private metadata
    /// require `ORDERS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn metadata_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The object, and the entries to set and remove.")] input: MetadataUpdateInput,
    ) -> Result<MetadataUpdatePayload, ResolverError> {
        let MetadataUpdateInput { id, set, remove, private, token } = input;
        let (node_type, key) = id::decode(&id, "input.id")?;
        let set = set.and_then(|Json(set)| set.as_object().cloned()).unwrap_or_default();
        let change =
            MetadataChange { set, remove: remove.unwrap_or_default(), private, token: token.map(Into::into) };
        let ctx = ctx.op();
        let result = match node_type {
            NodeType::Cart => update::<cart::Cart, Cart>(ctx, key.into(), change).await,
            NodeType::CartLine => update::<LineOfCart, CartLine>(ctx, key.into(), change).await,
            NodeType::Product => update::<product::Model, Product>(ctx, key.into(), change).await,
            NodeType::Variant => update::<variant::Model, Variant>(ctx, key.into(), change).await,
            other => {
                let message = format!("`input.id` is the id of {other}, which has no metadata.");
                return Err(ResolverError::bad_input(message));
            }
        };
        MetadataUpdatePayload::from_result(result)
    }
}

async fn update<T: metadata::HasMetadata, N>(
    ctx: &OpContext,
    key: T::Key,
    change: MetadataChange,
) -> Result<HasMetadata, metadata::MetadataUpdateError>
where
    N: From<T>,
    HasMetadata: From<N>,
{
    Ok(N::from(metadata::metadata_update(ctx, key, change).await?).into())
}
