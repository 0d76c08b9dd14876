//! The networks that accounts have logged in from. Strangers cannot slow an owner down there, and a login from elsewhere
//! is told to the owner.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, account, account_network};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::email_job::{Notification, notify};
use crate::domain::{
    context::{OpContext, Txn},
    identity::describe_device,
    kernel::fault::Fault,
};

/// A network is forgotten when the account has not logged in from it for this long.
pub(super) const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

/// Whether the account has logged in from the caller's network lately. One statement, also for an account that there is
/// not.
pub(in crate::domain) async fn is_known(ctx: &OpContext, account: AccountId) -> Result<bool, Fault> {
    let network = ctx.caller().network();
    let found = account_network::Entity::since(account, &network, horizon(ctx));
    Ok(found.one(ctx.db()).await?.is_some())
}

/// Remembers the caller's network as one from which the account has logged in, and forgets old ones. The owner is told of
/// a network that was not known, unless the account has not logged in from any other.
pub(in crate::domain) async fn note_login_in_txn(
    ctx: &OpContext,
    txn: &Txn<'_>,
    account: &account::Model,
    is_known: bool,
) -> Result<(), Fault> {
    let now = ctx.now();
    let network = ctx.caller().network();
    let elsewhere = account_network::Entity::of_account(account.id)
        .filter(account_network::Column::Network.ne(network.as_str()));
    if !is_known && elsewhere.one(txn).await?.is_some() {
        let device = describe_device(ctx.caller().user_agent.as_deref());
        let ip_address = ctx.caller().ip_address.to_canonical();
        let notification = Notification::NewLogin { device, ip_address, at: now };
        notify(txn, &account.email, notification).await?;
    }
    remember_in_txn(ctx, txn, account.id).await?;
    account_network::Entity::delete_many()
        .filter(account_network::Column::AccountId.eq(account.id))
        .filter(account_network::Column::LastLoginAt.lte(horizon(ctx)))
        .exec(txn)
        .await?;
    Ok(())
}

/// Remembers the caller's network as the account's.
pub(in crate::domain) async fn remember_in_txn(
    ctx: &OpContext,
    txn: &Txn<'_>,
    account: AccountId,
) -> Result<(), Fault> {
    let row = account_network::ActiveModel {
        account_id: Set(account),
        network: Set(ctx.caller().network()),
        last_login_at: Set(ctx.now()),
    };
    let again = OnConflict::columns([account_network::Column::AccountId, account_network::Column::Network])
        .update_column(account_network::Column::LastLoginAt)
        .to_owned();
    account_network::Entity::insert(row).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// What was before is forgotten.
fn horizon(ctx: &OpContext) -> DateTime<Utc> {
    ctx.now() - KNOWN_FOR
}
