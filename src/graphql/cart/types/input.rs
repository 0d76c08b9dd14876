//! Inputs of the mutations of carts.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CartId, CartLineId, ShippingMethodId, VariantId};

use super::address::CartAddressInput;
use crate::{
    domain::cart::{CartKey, CartPatch, NewCart, NewLine, NewQuantity},
    graphql::{
        auth::SessionTransport,
        kit::{
            error::ResolverError,
            id::Node,
            scalar::{CurrencyCode, Json},
        },
    },
};

/// New cart.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartCreateInput {
    /// Way in which a guest keeps the token of the cart. The cart of an account has none.
    #[graphql(default)]
    pub(in crate::graphql::cart) transport: SessionTransport,
    /// Currency of all amounts, one of the shop's; its default currency by default.
    currency: Option<CurrencyCode>,
    /// Email address for messages about the order; that of the account by default.
    email: Option<String>,
    /// Language of messages, as a tag of BCP 47 like `de-CH`.
    locale: Option<String>,
    /// Lines to add, at most 100.
    #[graphql(default)]
    lines: Vec<CartLineInput>,
}

/// Pieces to add.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartLineInput {
    /// Global id of the variant.
    variant_id: ID,
    /// Number of pieces, 1 to 9,999.
    #[graphql(default = 1)]
    quantity: i32,
    /// Metadata, as an object of strings: an engraving, for example. Lines of one variant with different metadata stay apart;
    /// of those with the same the quantities add up.
    metadata: Option<Json>,
}

/// Lines to add to a cart.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartLinesAddInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// 1 to 100 lines.
    lines: Vec<CartLineInput>,
}

/// New quantities of lines.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartLinesUpdateInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// 1 to 200 lines, each once.
    lines: Vec<CartLineUpdateInput>,
}

/// New quantity of a line.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartLineUpdateInput {
    /// Global id of the line.
    id: ID,
    /// Number of pieces, 0 to 9,999; 0 removes the line. Fewer pieces than before are always possible.
    quantity: i32,
}

/// Lines to remove from a cart.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartLinesRemoveInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// Global ids of 1 to 200 lines.
    line_ids: Vec<ID>,
}

/// Change of a cart's details. Fields that are missing stay as they are; null clears them.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartUpdateInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// Email address for messages about the order.
    email: MaybeUndefined<String>,
    /// Language of messages, as a tag of BCP 47 like `de-CH`, at most 35 characters.
    locale: MaybeUndefined<String>,
    /// Message to the shop, at most 1,000 characters.
    note: MaybeUndefined<String>,
    /// Currency, one of the shop's. All prices become those in it. Null is the same as missing.
    currency: Option<CurrencyCode>,
    /// Address that the cart is shipped to.
    shipping_address: MaybeUndefined<CartAddressInput>,
    /// Address of the invoice.
    billing_address: MaybeUndefined<CartAddressInput>,
}

/// Codes of discounts of a cart, in place of the present ones.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartDiscountCodesSetInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// At most 10 codes of 1 to 50 characters; upper and lower case are the same. An empty list removes all.
    pub(in crate::graphql::cart) codes: Vec<String>,
}

/// Shipping method of a cart.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartShippingMethodSetInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
    /// Global id of one of the cart's `shippingMethods`; null for none.
    shipping_method_id: Option<ID>,
}

/// Cart whose notices are dismissed.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartNoticesDismissInput {
    /// Global id of the cart.
    id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    token: Option<String>,
    /// Version that the change was made from. If the cart has another by now, nothing is changed, and `Conflict` has the
    /// present cart.
    expected_version: Option<i32>,
}

/// Cart to delete.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartDeleteInput {
    /// Global id of the cart.
    pub(in crate::graphql::cart) id: ID,
    /// Token of a guest's cart. Without it the session or the cart cookie counts.
    #[graphql(secret)]
    pub(in crate::graphql::cart) token: Option<String>,
}

/// Names the cart of an input, with the right to it.
macro_rules! cart_key {
    ($($input:ty),+) => {$(
        impl $input {
            /// The cart, and the right to it.
            pub(in crate::graphql::cart) fn key(&self) -> Result<CartKey, ResolverError> {
                Ok(CartKey {
                    id: CartId::from_global(&self.id, "input.id")?,
                    token: self.token.clone().map(Into::into),
                    expected_version: self.expected_version,
                })
            }
        }
    )+};
}

cart_key!(
    CartDiscountCodesSetInput,
    CartLinesAddInput,
    CartLinesUpdateInput,
    CartLinesRemoveInput,
    CartUpdateInput,
    CartShippingMethodSetInput,
    CartNoticesDismissInput
);

impl CartCreateInput {
    pub(in crate::graphql::cart) fn decode(self) -> Result<NewCart, ResolverError> {
        let details = CartPatch {
            email: self.email.map(Some),
            locale: self.locale.map(Some),
            currency: self.currency.map(|code| code.0),
            ..CartPatch::default()
        };
        Ok(NewCart { details, lines: new_lines(self.lines)? })
    }
}

impl CartLinesAddInput {
    pub(in crate::graphql::cart) fn lines(self) -> Result<Vec<NewLine>, ResolverError> {
        new_lines(self.lines)
    }
}

fn new_lines(lines: Vec<CartLineInput>) -> Result<Vec<NewLine>, ResolverError> {
    let decode = |(index, line): (usize, CartLineInput)| {
        Ok(NewLine {
            variant: VariantId::from_global(&line.variant_id, &format!("input.lines[{index}].variantId"))?,
            quantity: line.quantity,
            metadata: line
                .metadata
                .and_then(|Json(entries)| entries.as_object().cloned())
                .unwrap_or_default(),
        })
    };
    lines.into_iter().enumerate().map(decode).collect()
}

impl CartLinesUpdateInput {
    pub(in crate::graphql::cart) fn lines(self) -> Result<Vec<NewQuantity>, ResolverError> {
        let decode = |(index, line): (usize, CartLineUpdateInput)| {
            let id = CartLineId::from_global(&line.id, &format!("input.lines[{index}].id"))?;
            Ok(NewQuantity { line: id, quantity: line.quantity })
        };
        self.lines.into_iter().enumerate().map(decode).collect()
    }
}

impl CartLinesRemoveInput {
    pub(in crate::graphql::cart) fn lines(&self) -> Result<Vec<CartLineId>, ResolverError> {
        let decode = |(index, id)| CartLineId::from_global(id, &format!("input.lineIds[{index}]"));
        self.line_ids.iter().enumerate().map(decode).collect()
    }
}

impl CartShippingMethodSetInput {
    pub(in crate::graphql::cart) fn method(&self) -> Result<Option<ShippingMethodId>, ResolverError> {
        let id = self.shipping_method_id.as_ref();
        id.map(|id| ShippingMethodId::from_global(id, "input.shippingMethodId")).transpose()
    }
}

impl From<CartUpdateInput> for CartPatch {
    fn from(input: CartUpdateInput) -> Self {
        let address = |address: MaybeUndefined<CartAddressInput>| {
            Option::<Option<_>>::from(address).map(|address| address.map(Into::into))
        };
        Self {
            email: input.email.into(),
            locale: input.locale.into(),
            note: input.note.into(),
            currency: input.currency.map(|code| code.0),
            shipping_address: address(input.shipping_address),
            billing_address: address(input.billing_address),
        }
    }
}
