//! Address book of an account, for shipping and billing. Only the owner can change it. Staff who may see customers can
//! read those of customers; for other viewers addresses are not found.

mod country;
mod delete;
mod hooks;
mod patch;
mod place;
mod postal;
mod save;

pub use country::{Country, Subdivision, countries, country, subdivision};
pub use delete::{DeleteError, delete};
pub use hooks::AddressHooks;
pub use patch::AddressPatch;
pub use place::{ELSEWHERE, Place};
pub use postal::PostalAddress;
pub use save::{CreateError, UpdateError, create, update};

use std::{collections::HashMap, sync::Arc};

use entity::{
    AccountId, AddressId, Permission,
    account::{self as account_row, Kind},
    address,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::domain::{account, context::OpContext, kernel::fault::Fault};

/// Maximum number of addresses of one account.
pub const MAX_ADDRESSES: u32 = 50;

/// Addresses of each of these accounts that the viewer may see, oldest first, in one statement.
#[tracing::instrument(name = "address::of_accounts", level = "debug", skip_all, err(level = "debug"))]
pub async fn of_accounts(
    ctx: &OpContext,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Arc<[address::Model]>>, Fault> {
    let chosen = ctx.services().db.any_of(address::Column::AccountId, accounts.iter().map(|id| id.0));
    let own = accounts.iter().copied().filter(|id| ctx.is_own(*id)).collect();
    let query = address::Entity::in_order().filter(chosen).filter(visible(ctx, own));
    let addresses = query.all(ctx.db()).await?;
    Ok(addresses
        .chunk_by(|a, b| a.account_id == b.account_id)
        .map(|chunk| (chunk[0].account_id, chunk.into()))
        .collect())
}

/// The addresses with these ids that the viewer may see, in one statement.
#[tracing::instrument(name = "address::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[AddressId]) -> Result<HashMap<AddressId, address::Model>, Fault> {
    let own = account::me(ctx).await?.map(|account| account.id);
    let chosen = ctx.services().db.any_of(address::Column::Id, ids.iter().map(|id| id.0));
    let query = address::Entity::find().filter(chosen).filter(visible(ctx, own.into_iter().collect()));
    let addresses = query.all(ctx.db()).await?;
    Ok(addresses.into_iter().map(|address| (address.id, address)).collect())
}

/// SQL condition for addresses that the viewer may see: those of its `own` accounts, and those of customers if the
/// viewer has [`Permission::CustomersView`].
fn visible(ctx: &OpContext, own: Vec<AccountId>) -> Condition {
    let may_see_customers =
        ctx.cached_viewer().is_some_and(|viewer| viewer.permissions().has(Permission::CustomersView));
    let customers = account_row::Entity::find()
        .select_only()
        .column(account_row::Column::Id)
        .filter(account_row::Column::Kind.eq(Kind::Customer))
        .into_query();
    let is_own =
        Condition::any().add(ctx.services().db.any_of(address::Column::AccountId, own.iter().map(|id| id.0)));
    match may_see_customers {
        true => is_own.add(address::Column::AccountId.in_subquery(customers)),
        false => is_own,
    }
}
