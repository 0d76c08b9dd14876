//! Tokens that are good for one step, once and for a short time. A row holds the hash of a token, never the token.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, RegistrationId};

/// One token.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub purpose: Purpose,
    /// Whose, unless it is a registration's.
    pub account_id: Option<AccountId>,
    /// The registration that it verifies.
    pub registration_id: Option<RegistrationId>,
    /// The address that a change of address leads to.
    pub email: Option<String>,
    /// How often a wrong code was shown with it.
    pub attempts: i32,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum Purpose {
    /// Shows that a registration's address is its owner's.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
    /// Shows that a new address is the account's owner's.
    ChangeEmail,
    /// The password was right; a second factor is still to be shown.
    SecondFactor,
}

impl Entity {
    /// The token with this hash if it is good for `purpose` at `now`.
    pub fn live(token_hash: &[u8], purpose: Purpose, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.token_hash.eq(token_hash))
            .filter(COLUMN.purpose.eq(purpose))
            .filter(COLUMN.expires_at.gt(now))
    }
}
