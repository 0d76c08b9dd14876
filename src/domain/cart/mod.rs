//! Carts of guests and accounts. A guest proves with a token that a cart is theirs, an account with its session; an account
//! has at most one cart, and takes over a guest's at login.
//!
//! A change locks the cart's row, changes the lines in memory, and writes the difference with the cart's next version: so
//! parallel changes of one cart follow each other, and none is lost. What things cost is stored nowhere: [`price`] reads
//! prices, stock, tax rates and shipping prices anew for each answer. What the shopper knew at the last change of a line is
//! stored with the line, and [`Cart::notices`] compares.

mod access;
mod change;
mod contents;
mod create;
mod details;
mod discount;
mod dismiss;
mod hooks;
mod line_add;
mod line_edit;
mod merge;
mod metadata;
mod notice;
mod price;
mod remove;
mod shipping;

pub use access::CartKey;
pub use change::{ChangeError, LinesError, NotSold, Short};
pub use contents::{Cart, Item, Line, State};
pub use create::{CreateError, Created, NewCart, create};
pub use details::{CartPatch, update};
pub use discount::{CodesSetError, discount_codes_set, discount_preview};
pub use dismiss::notices_dismiss;
pub use hooks::CartHooks;
pub use line_add::{NewLine, lines_add};
pub use line_edit::{NewQuantity, lines_remove, lines_update};
pub use metadata::LineOfCart;
pub use notice::CartNotice;
pub use price::{Priced, price};
pub use remove::{DeleteError, delete};
pub use shipping::shipping_method_set;

use std::collections::HashMap;

use entity::{AccountId, CartId, CartLineId, Permission, cart, cart_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use crate::domain::{context::OpContext, identity::Viewer, kernel::fault::Fault};

/// Maximum number of lines. A merge at login may exceed it; then no line can be added.
pub const MAX_LINES: usize = 100;

/// Maximum number of pieces of one variant.
pub const MAX_PIECES: i32 = 9_999;

/// Maximum number of codes of discounts.
pub const MAX_CODES: usize = 10;

/// The cart with this id, if the viewer has a right to it; without an id the viewer's own. Who may see orders sees the
/// carts of all.
#[tracing::instrument(name = "cart::find", level = "debug", skip_all, err(level = "debug"))]
pub async fn find(
    ctx: &OpContext,
    id: Option<CartId>,
    token: Option<SecretString>,
) -> Result<Option<Cart>, Fault> {
    let right = access::right(ctx, token).await?;
    let sees_all = ctx.cached_viewer().is_some_and(|viewer| viewer.permissions().has(Permission::OrdersView));
    let found = match id {
        Some(id) => contents::find(ctx.db(), cart::Column::Id.eq(id)).await?,
        None => right.own(ctx.db()).await?,
    };
    let Some(found) = found.filter(|found| sees_all || right.covers(&found.row)) else { return Ok(None) };
    Ok(Some(Cart::read(ctx.db(), found).await?))
}

/// The cart of each of these accounts of which the viewer is the owner: one at most.
#[tracing::instrument(name = "cart::of_accounts", level = "debug", skip_all, err(level = "debug"))]
pub async fn of_accounts(ctx: &OpContext, accounts: &[AccountId]) -> Result<HashMap<AccountId, Cart>, Fault> {
    let mut carts = HashMap::new();
    for account in accounts.iter().copied().filter(|account| ctx.is_own(*account)) {
        if let Some(found) = contents::find(ctx.db(), cart::Column::AccountId.eq(account)).await? {
            carts.insert(account, Cart::read(ctx.db(), found).await?);
        }
    }
    Ok(carts)
}

/// Those of the carts with these ids that the viewer has a right to: the account's and the one of the cookie.
#[tracing::instrument(name = "cart::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[CartId]) -> Result<HashMap<CartId, Cart>, Fault> {
    let right = access::right(ctx, None).await?;
    let mut carts = HashMap::new();
    for own in right.all_own(ctx.db()).await? {
        if ids.contains(&own.row.id) {
            carts.insert(own.row.id, Cart::read(ctx.db(), own).await?);
        }
    }
    Ok(carts)
}

/// Those of the lines with these ids whose cart [`by_ids`] finds, each as its cart and its place in it.
#[tracing::instrument(name = "cart::lines_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn lines_by_ids(
    ctx: &OpContext,
    ids: &[CartLineId],
) -> Result<HashMap<CartLineId, LineOfCart>, Fault> {
    let chosen = ctx.services().db.any_of(cart_line::Column::Id, ids.iter().map(|id| id.0));
    let rows = cart_line::Entity::find().filter(chosen).all(ctx.db()).await?;
    let carts: Vec<_> = rows.iter().map(|row| row.cart_id).collect();
    let carts = by_ids(ctx, &carts).await?;
    let place = |row: cart_line::Model| {
        let cart = carts.get(&row.cart_id)?;
        let index = cart.lines.iter().position(|line| line.row.id == row.id)?;
        Some((row.id, LineOfCart { cart: cart.clone(), index }))
    };
    Ok(rows.into_iter().filter_map(place).collect())
}

/// What only staff see, for who may change orders.
pub async fn for_staff<T>(ctx: &OpContext, value: T) -> Option<T> {
    let viewer = ctx.viewer().await.unwrap_or(Viewer::Anonymous);
    viewer.permissions().has(Permission::OrdersEdit).then_some(value)
}
