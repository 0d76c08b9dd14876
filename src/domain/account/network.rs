//! The networks that accounts have logged in from. Strangers cannot slow an owner down there, and a login from elsewhere
//! is told to the owner.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, account, account_network};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::OnConflict,
};

use super::{Notice, describe_device, notify_in_txn};
use crate::domain::{Fault, Op};

/// A network is forgotten when the account has not logged in from it for this long.
pub(super) const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

/// Whether the account has logged in from the caller's network lately. One statement, also for an account that there is
/// not.
pub(super) async fn is_known(op: &Op, account: AccountId) -> Result<bool, Fault> {
    let network = op.caller().network();
    let found = account_network::Entity::since(account, &network, horizon(op));
    Ok(found.one(op.db.connection()).await?.is_some())
}

/// Remembers the caller's network as one from which the account has logged in, and forgets old ones. The owner is told of
/// a network that was not known, unless the account has not logged in from any other;
/// [`Outbox::wake`](crate::domain::outbox::Outbox::wake) is to follow.
pub(super) async fn note_login_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: &account::Model,
    is_known: bool,
) -> Result<(), Fault> {
    let now = op.clock.now();
    let network = op.caller().network();
    let elsewhere = account_network::Entity::of_account(account.id)
        .filter(account_network::Column::Network.ne(network.as_str()));
    if !is_known && elsewhere.one(transaction).await?.is_some() {
        let device = describe_device(op.caller().user_agent.as_deref());
        let address = op.caller().address.to_canonical();
        let notice = Notice::NewLogin { device, address, at: now };
        notify_in_txn(op, transaction, &account.email, notice).await?;
    }
    remember_in_txn(op, transaction, account.id).await?;
    account_network::Entity::delete_many()
        .filter(account_network::Column::AccountId.eq(account.id))
        .filter(account_network::Column::LastLoginAt.lte(horizon(op)))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Remembers the caller's network as the account's.
pub(super) async fn remember_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: AccountId,
) -> Result<(), Fault> {
    let row = account_network::ActiveModel {
        account_id: Set(account),
        network: Set(op.caller().network()),
        last_login_at: Set(op.clock.now()),
    };
    let again = OnConflict::columns([account_network::Column::AccountId, account_network::Column::Network])
        .update_column(account_network::Column::LastLoginAt)
        .to_owned();
    account_network::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
    Ok(())
}

/// What was before is forgotten.
fn horizon(op: &Op) -> DateTime<Utc> {
    op.clock.now() - KNOWN_FOR
}
