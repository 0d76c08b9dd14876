//! Second factors: the secret shared between an authenticator app and the account.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// The second factor of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Secret, sealed with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// Time step of the last accepted code; codes of this and earlier steps are rejected.
    pub last_step: i64,
    pub created_at: DateTimeUtc,
    /// Time from which logins require the second factor; `None` while enrolment is incomplete.
    pub confirmed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the second factor of an account if it is confirmed.
    pub fn confirmed_of(account: AccountId) -> Select<Self> {
        Self::confirmed().filter(COLUMN.account_id.eq(account))
    }

    /// Selects confirmed second factors.
    pub fn confirmed() -> Select<Self> {
        Self::find().filter(COLUMN.confirmed_at.is_not_null())
    }
}
