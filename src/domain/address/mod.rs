//! The address book of an account: where its orders and invoices go. Only the owner changes it. The owner reads it and, of
//! customers, staff who may see them; to everybody else its addresses do not exist.

mod country;
mod entry;
mod remove;
mod save;

use std::{collections::HashMap, sync::Arc};

pub use country::{Country, Subdivision, countries, country, subdivision};
pub use entry::{Entry, Field, InvalidField, Problem, Written};
pub use remove::{RemoveAddressError, remove};
pub use save::{CreateAddressError, UpdateAddressError, create, update};

use entity::{AccountId, AddressId, address};
use sea_orm::QueryFilter;

use super::{Fault, Op, account};

/// The most addresses of one account.
pub const MAX_ADDRESSES: u32 = 50;

/// The addresses of each of these accounts, the oldest first, in one statement.
///
/// It does not ask who the viewer is: whoever has been given an account by [`account`]'s functions may see all of it. That
/// includes the answer to a login, which belongs to nobody yet who could be asked for.
#[tracing::instrument(name = "address::of_accounts", level = "debug", skip_all, err(level = "debug"))]
pub async fn of_accounts(
    op: &Op,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Arc<[address::Model]>>, Fault> {
    let chosen = op.db.any_of(address::Column::AccountId, accounts.iter().map(|id| id.0));
    let addresses = address::Entity::in_order().filter(chosen).all(op.db.connection()).await?;
    Ok(addresses
        .chunk_by(|a, b| a.account_id == b.account_id)
        .map(|chunk| (chunk[0].account_id, chunk.into()))
        .collect())
}

/// Those of the addresses with these ids that are the viewer's own, in one statement.
#[tracing::instrument(name = "address::find", level = "debug", skip_all, err(level = "debug"))]
pub async fn find(op: &Op, ids: &[AddressId]) -> Result<HashMap<AddressId, address::Model>, Fault> {
    let Some(account) = account::me(op).await? else { return Ok(HashMap::new()) };
    let chosen = op.db.any_of(address::Column::Id, ids.iter().map(|id| id.0));
    let addresses = address::Entity::of_account(account.id).filter(chosen).all(op.db.connection()).await?;
    Ok(addresses.into_iter().map(|address| (address.id, address)).collect())
}
