//! Global ids as values of the schema. An id of another type is rejected before any database access.

use async_graphql::ID;
use uuid::Uuid;

use super::error::ResolverError;
pub(in crate::graphql) use crate::domain::kernel::global_id::NodeType;
use crate::domain::kernel::{
    global_id::{self, GlobalId},
    page::MAX_PAGE,
};

/// A key that has a global id.
pub(in crate::graphql) trait Node: GlobalId {
    /// The global id.
    fn global(self) -> ID {
        ID(self.global_id())
    }

    /// Decodes a global id, which must be of this type. The error names `argument`.
    fn from_global(id: &ID, argument: &str) -> Result<Self, ResolverError> {
        match decode(id, argument)? {
            (node_type, key) if node_type == Self::TYPE => Ok(key.into()),
            (other, _) => Err(ResolverError::bad_input(format!(
                "`{argument}` is the id of {other}, not of {}.",
                Self::TYPE
            ))),
        }
    }
}

impl<T: GlobalId> Node for T {}

/// Rejects more ids than an operation may have.
pub(in crate::graphql) fn check_count(ids: &[ID], argument: &str) -> Result<(), ResolverError> {
    if ids.len() > MAX_PAGE as usize {
        let message = format!("`{argument}` may have at most {MAX_PAGE} ids, not {}.", ids.len());
        return Err(ResolverError::bad_input(message));
    }
    Ok(())
}

/// Decodes the type and the key of a global id.
pub(in crate::graphql) fn decode(id: &ID, argument: &str) -> Result<(NodeType, Uuid), ResolverError> {
    global_id::decode(id).ok_or_else(|| {
        ResolverError::bad_input(format!(
            "`{argument}` is not an id. Use ids as the API returned them, unchanged."
        ))
    })
}

#[cfg(test)]
mod tests {
    use entity::{ProductId, VariantId};

    use super::*;

    const KEY: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

    #[test]
    fn another_type_and_nonsense_are_refused() {
        let refusal = |id: &str| match ProductId::from_global(&ID(id.to_owned()), "id") {
            Err(ResolverError::BadInput(message)) => message,
            other => panic!("{id}: {other:?}"),
        };
        assert_eq!(refusal(&VariantId(KEY).global()), "`id` is the id of a Variant, not of a Product.");
        let long = "A".repeat(100_000);
        for id in ["", "x", "1", "!!!", "AwGQ", "_wGQAAAAAHAAgAAAAAAAAAE", "AwGQAAAAAHAAgAAAAAAAAAE=", &long]
        {
            assert!(refusal(id).starts_with("`id` is not an id."), "{id}");
        }
    }
}
