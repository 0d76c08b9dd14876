//! Codes of discounts in a cart, and previews of discounts.

use entity::{
    CartId, DiscountId, Permission, cart,
    cart::{Code, Codes},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::ColumnTrait;

use super::{
    Cart, CartKey, MAX_CODES, Priced,
    change::Claim,
    contents,
    price::{At, price_in},
};
use crate::domain::{
    context::{OpContext, Txn},
    discount::{self, Candidate, code_key},
    identity::Viewer,
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

operation_error! {
    throttled
    /// Why the codes of a cart were not set.
    pub enum CodesSetError {
        /// There is no such cart, or the caller has no right to it.
        #[error("There is no cart with this id, or this is not the right token for it.")]
        NotFound(CartId),
        /// The cart was changed since the version that was named: this is the present one.
        #[error("The cart was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<Cart>),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// Replaces the codes of a cart. Unknown ones are kept, too, so that the answer is the same as for those that have ended; they
/// count as failed attempts, so that codes cannot be guessed.
#[tracing::instrument(name = "cart::discount_codes_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn discount_codes_set(
    ctx: &OpContext,
    key: CartKey,
    codes: &[String],
) -> Result<Cart, CodesSetError> {
    let codes = parse(codes)?;
    let account = match ctx.viewer().await? {
        Viewer::Account(viewer) => Some(viewer.account.id),
        Viewer::Anonymous | Viewer::ApiClient(_) => None,
    };
    let claim = Claim::new(ctx, key).await?;
    if codes.is_empty() {
        return Ok(ctx.write(|txn| set_in_txn(txn, &claim, &codes).scope_boxed()).await?.0);
    }
    let keys = || ctx.services().throttle.discount_code_keys(ctx.counted_caller(), account);
    let attempt = ctx.throttle(keys()).await?;
    match ctx.write(|txn| set_in_txn(txn, &claim, &codes).scope_boxed()).await {
        Ok((cart, guesses @ 1..)) => {
            attempt.commit();
            for _ in 1..guesses {
                // They were answered already: only the next attempt has to wait.
                ctx.throttle_always(keys()).await.ok();
            }
            Ok(cart)
        }
        other => {
            attempt.succeeded().await;
            Ok(other?.0)
        }
    }
}

/// Codes as they are stored, each once.
fn parse(codes: &[String]) -> Result<Vec<Code>, InvalidField> {
    if codes.len() > MAX_CODES {
        let message = format!("A cart has at most {MAX_CODES} codes.");
        return Err(InvalidField::new("codes", FieldProblem::OutOfRange, message));
    }
    let mut parsed: Vec<Code> = Vec::with_capacity(codes.len());
    for (index, text) in codes.iter().enumerate() {
        let line = Line::<1, 50>::of_field("code", text);
        let code = line.map_err(|invalid| invalid.in_field("").in_item("codes", index))?;
        let key = code_key(code.as_str());
        if parsed.iter().all(|other| other.key != key) {
            parsed.push(Code { code: code.into(), key, seen_usable: false });
        }
    }
    Ok(parsed)
}

/// Sets the codes, and tells how many of them are new to the cart and unknown to the shop.
async fn set_in_txn(txn: &Txn<'_>, claim: &Claim, codes: &[Code]) -> Result<(Cart, usize), CodesSetError> {
    let mut locked = claim.lock(txn).await?;
    let mut codes = codes.to_vec();
    let row = &locked.cart.row;
    let mut guesses = 0;
    if !codes.is_empty() {
        let request = discount::Request {
            codes: &codes,
            currency: row.currency,
            account: row.account_id,
            products: &[],
            now: txn.now(),
            preview: None,
        };
        let candidates = discount::candidates(&txn.services().db, txn, request).await?;
        let of_codes: Vec<Candidate> =
            candidates.into_iter().filter(|candidate| candidate.code.is_some()).collect();
        for (code, candidate) in codes.iter_mut().zip(&of_codes) {
            code.seen_usable = candidate.is_usable();
            let is_new = row.discount_codes.0.iter().all(|present| present.key != code.key);
            guesses += usize::from(is_new && !candidate.is_known());
        }
    }
    locked.cart.row.discount_codes = Codes(codes);
    Ok((locked.store(txn).await?, guesses))
}

/// Any cart, and its prices as if a discount were automatic and active. `None` if there is no such cart or discount.
#[tracing::instrument(name = "cart::discount_preview", level = "debug", skip_all, err(level = "debug"))]
pub async fn discount_preview(
    ctx: &OpContext,
    id: DiscountId,
    cart: CartId,
) -> Result<Option<(Cart, Priced)>, Fault> {
    ctx.require(Permission::DiscountsEdit).await?;
    if discount::by_id(ctx, id).await?.is_none() {
        return Ok(None);
    }
    let Some(found) = contents::find(ctx.db(), cart::Column::Id.eq(cart)).await? else { return Ok(None) };
    let cart = Cart::read(ctx.db(), found).await?;
    let at = At { database: &ctx.services().db, now: ctx.now(), preview: Some(id) };
    let priced = price_in(at, ctx.db(), &cart).await?;
    Ok(Some((cart, priced)))
}
