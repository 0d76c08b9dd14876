//! Networks that accounts have logged in from.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// A network that an account has logged in from: an IPv4 address, or the /64 network of an IPv6 address.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_network")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub network: String,
    pub last_login_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the networks that an account has logged in from.
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }

    /// Selects the row of `network` if the account has logged in from it since `then`.
    pub fn since(account: AccountId, network: &str, then: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.account_id.eq(account))
            .filter(COLUMN.network.eq(network))
            .filter(COLUMN.last_login_at.gt(then))
    }
}
