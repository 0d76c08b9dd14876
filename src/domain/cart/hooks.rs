//! What happens to carts when something happens to their account.

use async_trait::async_trait;
use entity::{AccountId, account, cart};
use sea_orm::ColumnTrait;
use serde_json::{Value, json};

use super::{Cart, contents, merge::merge};
use crate::domain::{
    context::{AccountHooks, Export, OpContext, Txn},
    identity::TokenHash,
    kernel::fault::Fault,
};

/// The cart of an account: it takes over a guest's at login, is exported, and deleted with the account by its foreign key.
pub struct CartHooks;

#[async_trait]
impl AccountHooks for CartHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["cart"]
    }

    async fn logged_in(
        &self,
        txn: &Txn<'_>,
        account: &account::Model,
        cart_token: Option<&TokenHash>,
    ) -> Result<(), Fault> {
        match cart_token {
            Some(token) => merge(txn, account.id, token).await,
            None => Ok(()),
        }
    }

    async fn exported(&self, ctx: &OpContext, account: AccountId) -> Result<Export, Fault> {
        let cart = match contents::find(ctx.db(), cart::Column::AccountId.eq(account)).await? {
            Some(found) => export(&Cart::read(ctx.db(), found).await?),
            None => Value::Null,
        };
        Ok(vec![("cart", cart)])
    }
}

fn export(cart: &Cart) -> Value {
    let lines = cart.lines.iter().map(|line| {
        json!({
            "sku": line.row.seen_sku,
            "product": line.row.seen_product_name,
            "variant": line.row.seen_variant_name,
            "quantity": line.row.quantity,
            "metadata": line.row.metadata,
        })
    });
    json!({
        "currency": cart.row.currency.code(),
        "email": cart.row.email,
        "locale": cart.row.locale,
        "note": cart.row.note,
        "shippingAddress": cart.row.shipping_address,
        "billingAddress": cart.row.billing_address,
        "discountCodes": cart.row.discount_codes.0.iter().map(|code| &code.code).collect::<Vec<_>>(),
        "metadata": cart.row.metadata,
        "createdAt": cart.row.created_at,
        "updatedAt": cart.row.updated_at,
        "lines": lines.collect::<Vec<_>>(),
    })
}
