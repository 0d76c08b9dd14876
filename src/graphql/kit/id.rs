//! Relay's global object ids: opaque text with the type inside, so that the id of another type is refused before the
//! database is asked.
//!
//! One byte for the type and the sixteen of the key, in base64url. The bytes are part of the API: clients keep ids.

use std::fmt;

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    AccountId, AddressId, ApiKeyId, AuditEntryId, CategoryId, JobId, ProductId, RoleId, SessionId, VariantId,
};
use uuid::Uuid;

use super::error::ResolverError;
use crate::domain::kernel::page::MAX_PAGE;

/// A key that has a global id.
pub(in crate::graphql) trait Node: From<Uuid> + Into<Uuid> + Copy {
    const TYPE: NodeType;

    fn global(self) -> ID {
        encode(Self::TYPE, self.into())
    }

    /// The key in a global id, which must be of this type. `argument` is named in the error.
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

/// Makes [`NodeType`] and [`Node`] of the types that have global ids: name and key, the byte that stands for the type in
/// ids, and the name with its article.
macro_rules! node_types {
    ($($name:ident($key:ty) = $byte:literal, $words:literal;)+) => {
        /// The types that have global ids, with the byte that stands for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(in crate::graphql) enum NodeType {
            $($name = $byte,)+
        }

        impl NodeType {
            const ALL: &[Self] = &[$(Self::$name),+];
        }

        impl fmt::Display for NodeType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)+
                })
            }
        }

        $(impl Node for $key {
            const TYPE: NodeType = NodeType::$name;
        })+
    };
}

node_types! {
    Account(AccountId) = 1, "an Account";
    Category(CategoryId) = 2, "a Category";
    Product(ProductId) = 3, "a Product";
    Variant(VariantId) = 4, "a Variant";
    Address(AddressId) = 5, "an Address";
    ApiKey(ApiKeyId) = 6, "an ApiKey";
    Role(RoleId) = 7, "a Role";
    Session(SessionId) = 8, "a Session";
    AuditEntry(AuditEntryId) = 16, "an AuditEntry";
    DeadLetter(JobId) = 17, "a DeadLetter";
}

impl NodeType {
    pub(in crate::graphql) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|node_type| format!("{node_type:?}") == name)
    }
}

/// Refuses more ids than one operation may name.
pub(in crate::graphql) fn check_count(ids: &[ID], argument: &str) -> Result<(), ResolverError> {
    if ids.len() > MAX_PAGE as usize {
        let message = format!("`{argument}` may hold at most {MAX_PAGE} ids, not {}.", ids.len());
        return Err(ResolverError::bad_input(message));
    }
    Ok(())
}

/// The global id of the object of this type with this key.
pub(in crate::graphql) fn encode(node_type: NodeType, key: Uuid) -> ID {
    let mut bytes = [node_type as u8; 17];
    bytes[1..].copy_from_slice(key.as_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

pub(in crate::graphql) fn decode(id: &ID, argument: &str) -> Result<(NodeType, Uuid), ResolverError> {
    let malformed = || {
        ResolverError::bad_input(format!(
            "`{argument}` is not an id. Use ids as the API returned them, unchanged."
        ))
    };
    let bytes = URL_SAFE_NO_PAD.decode(id.as_str()).map_err(|_| malformed())?;
    let (byte, key) = bytes.split_first().ok_or_else(malformed)?;
    let node_type =
        NodeType::ALL.iter().copied().find(|node_type| *node_type as u8 == *byte).ok_or_else(malformed)?;
    Ok((node_type, Uuid::from_slice(key).map_err(|_| malformed())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

    #[test]
    fn an_id_survives_its_text() {
        let id = ProductId(KEY).global();
        assert_eq!(id.as_str(), "AwGQAAAAAHAAgAAAAAAAAAE", "clients keep ids: this text may never change");
        assert_eq!(ProductId::from_global(&id, "id").unwrap(), ProductId(KEY));
    }

    #[test]
    fn a_type_is_found_by_its_name() {
        for node_type in NodeType::ALL {
            let name = format!("{node_type:?}");
            assert_eq!(NodeType::named(&name), Some(*node_type));
        }
        assert_eq!(NodeType::named("Nothing"), None);
    }

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
