//! Second factors: the secret that an authenticator app shares with the account.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// An account's second factor.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The secret, sealed with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// The time step of the last code that was accepted; none at or before it is accepted again.
    pub last_step: i64,
    pub created_at: DateTimeUtc,
    /// It counts from then on; `None` while it is being set up.
    pub confirmed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// An account's second factor if it counts.
    pub fn confirmed_of(account: AccountId) -> Select<Self> {
        Self::confirmed().filter(COLUMN.account_id.eq(account))
    }

    /// Second factors that count.
    pub fn confirmed() -> Select<Self> {
        Self::find().filter(COLUMN.confirmed_at.is_not_null())
    }
}
