//! Dismissing notices: the shopper knows what the cart is like now.

use scoped_futures::ScopedFutureExt;

use super::{
    Cart, CartKey, ChangeError,
    change::Claim,
    price::{At, price_in},
};
use crate::domain::context::{OpContext, Txn};

/// Stores the present prices and availability as known to the shopper. A chosen shipping method that cannot be used is no
/// longer chosen.
#[tracing::instrument(name = "cart::notices_dismiss", level = "debug", skip_all, err(level = "debug"))]
pub async fn notices_dismiss(ctx: &OpContext, key: CartKey) -> Result<Cart, ChangeError> {
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| dismiss_in_txn(txn, &claim).scope_boxed()).await
}

async fn dismiss_in_txn(txn: &Txn<'_>, claim: &Claim) -> Result<Cart, ChangeError> {
    let mut locked = claim.lock(txn).await?;
    locked.note(|_| true);
    let priced = price_in(At::of(txn), txn, &locked.cart).await?;
    if locked.cart.requires_shipping() {
        locked.cart.row.shipping_method_id = priced.shipping_method().map(|(method, _)| method.id);
    }
    for code in &mut locked.cart.row.discount_codes.0 {
        code.seen_usable = !priced.has_ended(&code.code);
    }
    Ok(locked.store(txn).await?)
}
