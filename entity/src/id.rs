//! A type for each table's key, so that the id of a product cannot be passed where the id of a variant is meant.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// A UUIDv7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)): in order of creation, so that inserts stay at
        /// the end of the index.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// The key of an [`account`](crate::account).
    AccountId,
    /// The key of an [`address`](crate::address).
    AddressId,
    /// The key of an [`api_key`](crate::api_key).
    ApiKeyId,
    /// The key of an [`audit_entry`](crate::audit_entry).
    AuditEntryId,
    /// The key of a [`category`](crate::category).
    CategoryId,
    /// The key of an effect in the [`outbox`](crate::outbox).
    EffectId,
    /// The key of an [`order`](crate::order).
    OrderId,
    /// The key of an [`order_line`](crate::order_line).
    OrderLineId,
    /// The key of a [`product`](crate::product).
    ProductId,
    /// The key of a [`registration`](crate::registration).
    RegistrationId,
    /// The key of a [`role`](crate::role).
    RoleId,
    /// The public name of a [`session`](crate::session), which opens nothing.
    SessionId,
    /// The key of a [`variant`](crate::variant).
    VariantId,
}
