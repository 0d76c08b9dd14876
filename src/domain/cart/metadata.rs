//! Metadata of carts and their lines. The owner of the cart changes them; the private ones are for staff.

use entity::{CartId, CartLineId, Permission, cart, cart_line};
use sea_orm::{ColumnTrait, EntityTrait};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{
    Cart,
    access::{Right, right},
    change::{Locked, metadata_key},
    contents,
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        text::{FieldProblem, InvalidField, Rejected},
    },
    metadata::HasMetadata,
};

/// A line with its cart.
#[derive(Clone, Debug)]
pub struct LineOfCart {
    pub cart: Cart,
    /// Place of the line.
    pub index: usize,
}

/// The caller's right to a cart, or for private metadata that of staff to all carts.
async fn right_to(ctx: &OpContext, token: Option<SecretString>, private: bool) -> Result<Right, Fault> {
    if private {
        ctx.require(Permission::OrdersEdit).await?;
        return Ok(Right::TO_ALL);
    }
    right(ctx, token).await
}

async fn lock(txn: &Txn<'_>, id: CartId, right: &Right) -> Result<Option<Cart>, Fault> {
    let found = contents::lock(txn, cart::Column::Id.eq(id)).await?.filter(|found| right.covers(&found.row));
    match found {
        Some(found) => Ok(Some(Cart::read(txn, found).await?)),
        None => Ok(None),
    }
}

impl HasMetadata for Cart {
    type Key = CartId;
    type Right = Right;

    const IS_AUDITED: bool = false;

    async fn right(ctx: &OpContext, token: Option<SecretString>, private: bool) -> Result<Right, Fault> {
        right_to(ctx, token, private).await
    }

    async fn lock(txn: &Txn<'_>, key: CartId, right: &Right) -> Result<Option<Self>, Fault> {
        lock(txn, key, right).await
    }

    fn metadata(&self, private: bool) -> &Value {
        if private { &self.row.private_metadata } else { &self.row.metadata }
    }

    async fn store(mut self, txn: &Txn<'_>, private: bool, metadata: Value) -> Result<Self, Rejected> {
        match private {
            true => self.row.private_metadata = metadata,
            false => self.row.metadata = metadata,
        }
        Ok(Locked::new(self).store(txn).await?)
    }
}

impl HasMetadata for LineOfCart {
    type Key = CartLineId;
    type Right = Right;

    const IS_AUDITED: bool = false;

    async fn right(ctx: &OpContext, token: Option<SecretString>, private: bool) -> Result<Right, Fault> {
        right_to(ctx, token, private).await
    }

    async fn lock(txn: &Txn<'_>, key: CartLineId, right: &Right) -> Result<Option<Self>, Fault> {
        let Some(line) = cart_line::Entity::find_by_id(key).one(txn).await? else { return Ok(None) };
        let Some(cart) = lock(txn, line.cart_id, right).await? else { return Ok(None) };
        // The line may have gone before the lock was there.
        let index = cart.lines.iter().position(|line| line.row.id == key);
        Ok(index.map(|index| Self { cart, index }))
    }

    fn metadata(&self, private: bool) -> &Value {
        let row = &self.cart.lines[self.index].row;
        if private { &row.private_metadata } else { &row.metadata }
    }

    async fn store(self, txn: &Txn<'_>, private: bool, metadata: Value) -> Result<Self, Rejected> {
        let Self { cart, index } = self;
        let mut locked = Locked::new(cart);
        let row = &locked.cart.lines[index].row;
        let (variant, id) = (row.variant_id, row.id);
        let key = metadata_key(metadata.as_object().unwrap_or(&Map::new()));
        let is_taken = |line: &super::Line| {
            line.row.id != id && line.row.variant_id == variant && line.row.metadata_key == key
        };
        if !private && variant.is_some() && locked.cart.lines.iter().any(is_taken) {
            let message =
                "The cart has a line of this variant with the same metadata. Change its quantity instead.";
            return Err(InvalidField::new("set", FieldProblem::Taken, message).into());
        }
        let row = &mut locked.cart.lines[index].row;
        match private {
            true => row.private_metadata = metadata,
            false => (row.metadata, row.metadata_key) = (metadata, key),
        }
        Ok(Self { cart: locked.store(txn).await?, index })
    }
}
