//! Relay's global object ids, and names of enum values, as in the API and in exports.
//!
//! An id is opaque: one byte for the type and the sixteen of the key, in base64url. Clients store ids, so the bytes
//! never change.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    AccountId, AddressId, ApiKeyId, AuditEntryId, CartId, CartLineId, CategoryId, CollectionId,
    DiscountCodeId, DiscountId, JobId, ProductId, ProductOptionId, RoleId, SessionId, ShippingMethodId,
    ShippingZoneId, ShopId, StockLevelId, StockMovementId, TaxClassId, TaxRateId, TaxSettingsId, VariantId,
};
use sea_orm::ActiveEnum;
use uuid::Uuid;

/// A key that has a global id.
pub trait GlobalId: From<Uuid> + Into<Uuid> + Copy {
    /// The type of the key.
    const TYPE: NodeType;

    /// The global id.
    fn global_id(self) -> String {
        encode(Self::TYPE, self.into())
    }
}

/// Declares [`NodeType`] and [`GlobalId`] for the types with global ids: name and key, the byte of the type in ids, and
/// the name with its article.
macro_rules! node_types {
    ($($name:ident($key:ty) = $byte:literal, $words:literal;)+) => {
        /// The types that have global ids, with the byte that stands for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names of the API's types")]
        pub enum NodeType {
            $($name = $byte,)+
        }

        impl NodeType {
            const ALL: &[Self] = &[$(Self::$name),+];

            /// Name of the type in the API.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }

        impl fmt::Display for NodeType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)+
                })
            }
        }

        $(impl GlobalId for $key {
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
    StockLevel(StockLevelId) = 9, "a StockLevel";
    StockMovement(StockMovementId) = 10, "a StockMovement";
    Shop(ShopId) = 11, "a Shop";
    TaxClass(TaxClassId) = 12, "a TaxClass";
    Collection(CollectionId) = 13, "a Collection";
    AuditEntry(AuditEntryId) = 16, "an AuditEntry";
    DeadLetter(JobId) = 17, "a DeadLetter";
    ProductOption(ProductOptionId) = 18, "a ProductOption";
    Cart(CartId) = 21, "a Cart";
    CartLine(CartLineId) = 24, "a CartLine";
    ShippingZone(ShippingZoneId) = 22, "a ShippingZone";
    ShippingMethod(ShippingMethodId) = 23, "a ShippingMethod";
    TaxRate(TaxRateId) = 25, "a TaxRate";
    TaxSettings(TaxSettingsId) = 26, "a TaxSettings";
    Discount(DiscountId) = 27, "a Discount";
    DiscountCode(DiscountCodeId) = 28, "a DiscountCode";
}

impl NodeType {
    /// The type with this name in the API.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|node_type| node_type.name() == name)
    }
}

/// The global id of the object of this type with this key.
pub fn encode(node_type: NodeType, key: Uuid) -> String {
    let mut bytes = [node_type as u8; 17];
    bytes[1..].copy_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Type and key of a global id; `None` for other texts.
pub fn decode(id: &str) -> Option<(NodeType, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let (byte, key) = bytes.split_first()?;
    let node_type = NodeType::ALL.iter().copied().find(|node_type| *node_type as u8 == *byte)?;
    Some((node_type, Uuid::from_slice(key).ok()?))
}

/// Name of an enum's value: the stored text, in upper case.
pub fn enum_name(value: &impl ActiveEnum<Value = String>) -> String {
    value.to_value().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

    #[test]
    fn global_id_survives_its_text() {
        let id = ProductId(KEY).global_id();
        assert_eq!(id, "AwGQAAAAAHAAgAAAAAAAAAE", "clients keep ids: this text may never change");
        assert_eq!(decode(&id), Some((NodeType::Product, KEY)));
    }

    #[test]
    fn node_type_is_found_by_its_name() {
        for node_type in NodeType::ALL {
            assert_eq!(NodeType::named(node_type.name()), Some(*node_type));
        }
        assert_eq!(NodeType::named("Nothing"), None);
    }
}
