//! Merging a guest's cart into that of an account, at login.

use entity::{AccountId, cart};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::Value;

use super::{Cart, MAX_CODES, change::Locked, contents};
use crate::domain::{context::Txn, identity::TokenHash, kernel::fault::Fault};

/// Gives a guest's cart to an account, whose row is locked. If the account has a cart, it gets the lines: of the same lines
/// the larger number of pieces counts, and none is lost. The guest's token is worth nothing afterwards.
pub(super) async fn merge(txn: &Txn<'_>, account: AccountId, guest: &TokenHash) -> Result<(), Fault> {
    let of_guest = cart::Column::TokenHash.eq(guest.as_bytes().to_vec());
    let Some(found) = contents::lock(txn, of_guest).await? else { return Ok(()) };
    let guest = Cart::read(txn, found).await?;
    let Some(found) = contents::lock(txn, cart::Column::AccountId.eq(account)).await? else {
        return take(txn, guest, account).await;
    };
    let mut own = Locked::new(Cart::read(txn, found).await?);
    let id = guest.row.id;
    join(&mut own, guest);
    cart::Entity::delete_by_id(id).exec(txn).await?;
    own.store(txn).await?;
    Ok(())
}

/// Makes the guest's cart that of the account.
async fn take(txn: &Txn<'_>, guest: Cart, account: AccountId) -> Result<(), Fault> {
    cart::Entity::update_many()
        .col_expr(cart::Column::AccountId, Expr::value(account))
        .col_expr(cart::Column::TokenHash, Expr::value(None::<Vec<u8>>))
        .col_expr(cart::Column::Version, Expr::value(guest.row.version + 1))
        .col_expr(cart::Column::UpdatedAt, Expr::value(txn.now()))
        .filter(cart::Column::Id.eq(guest.row.id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Puts the lines of a guest's cart, and the details that the account's cart lacks, into the latter.
fn join(own: &mut Locked, guest: Cart) {
    // Lines from a cart in another currency have never been seen with their present price.
    let is_same_currency = own.cart.row.currency == guest.row.currency;
    for mut line in guest.lines {
        let same = own.cart.lines.iter_mut().find(|own| {
            own.row.variant_id.is_some()
                && (own.row.variant_id, &own.row.metadata_key)
                    == (line.row.variant_id, &line.row.metadata_key)
        });
        if let Some(same) = same {
            same.row.quantity = same.row.quantity.max(line.row.quantity);
            continue;
        }
        if !is_same_currency {
            line.row.seen_price = None;
        }
        own.cart.push(line);
    }
    let (row, guest) = (&mut own.cart.row, guest.row);
    row.locale = row.locale.take().or(guest.locale);
    if row.note.is_empty() {
        row.note = guest.note;
    }
    for (kept, offered) in [
        (&mut row.shipping_address, guest.shipping_address),
        (&mut row.billing_address, guest.billing_address),
    ] {
        if *kept == Value::Null {
            *kept = offered;
        }
    }
    let codes = &mut row.discount_codes.0;
    for code in guest.discount_codes.0 {
        if codes.len() < MAX_CODES && codes.iter().all(|own| own.key != code.key) {
            codes.push(code);
        }
    }
    row.shipping_method_id = row.shipping_method_id.or(guest.shipping_method_id);
    if let (Some(kept), Value::Object(offered)) = (row.metadata.as_object_mut(), guest.metadata) {
        for (key, value) in offered {
            kept.entry(key).or_insert(value);
        }
    }
}
