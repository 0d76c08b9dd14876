//! Choosing a shipping method.

use entity::ShippingMethodId;
use scoped_futures::ScopedFutureExt;

use super::{
    Cart, CartKey, ChangeError,
    change::Claim,
    price::{At, price_in},
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::text::{FieldProblem, InvalidField},
};

/// Chooses one of the methods that the cart can be shipped by, or none.
#[tracing::instrument(name = "cart::shipping_method_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn shipping_method_set(
    ctx: &OpContext,
    key: CartKey,
    method: Option<ShippingMethodId>,
) -> Result<Cart, ChangeError> {
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| set_in_txn(txn, &claim, method).scope_boxed()).await
}

async fn set_in_txn(
    txn: &Txn<'_>,
    claim: &Claim,
    method: Option<ShippingMethodId>,
) -> Result<Cart, ChangeError> {
    let mut locked = claim.lock(txn).await?;
    locked.cart.row.shipping_method_id = method;
    if method.is_some() && price_in(At::of(txn), txn, &locked.cart).await?.shipping_method().is_none() {
        let message = match locked.cart.shipping_address()? {
            None => "Shipping methods depend on the address. Set the shipping address first.",
            Some(_) => "The cart cannot be shipped by this method. Choose one of its `shippingMethods`.",
        };
        return Err(InvalidField::new("shipping_method_id", FieldProblem::UnknownValue, message).into());
    }
    Ok(locked.store(txn).await?)
}
