//! Networks that accounts have logged in from. Failed logins from other networks do not delay the owner there, and a
//! login from a new network is reported to the owner.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, account, account_network};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::email_job::{Notification, notify};
use crate::domain::{
    context::{OpContext, Txn},
    identity::describe_device,
    kernel::fault::Fault,
};

/// Time without a login after which a network is forgotten.
pub(super) const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

/// Whether the account has recently logged in from the caller's network. One statement, also if there is no account.
pub(in crate::domain) async fn is_known(ctx: &OpContext, account: AccountId) -> Result<bool, Fault> {
    let network = ctx.caller().network();
    let found = account_network::Entity::since(account, &network, horizon(ctx));
    Ok(found.one(ctx.db()).await?.is_some())
}

/// Stores the caller's network as known for the account, and deletes expired ones. Notifies the owner about a new
/// network, unless it is the account's first.
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

/// Stores the caller's network as known for the account.
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

/// Earlier logins are forgotten.
fn horizon(ctx: &OpContext) -> DateTime<Utc> {
    ctx.now() - KNOWN_FOR
}
