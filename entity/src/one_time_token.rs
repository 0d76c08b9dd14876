//! One-time tokens with a short lifetime. A row holds the hash of a token, never the token.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, RegistrationId};

/// One one-time token.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// SHA-256 hash of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub purpose: Purpose,
    /// Account of the token; `None` if it belongs to a registration.
    pub account_id: Option<AccountId>,
    /// Registration that the token verifies.
    pub registration_id: Option<RegistrationId>,
    /// New e-mail address, for a change of e-mail address.
    pub email: Option<String>,
    /// Number of wrong second-factor codes submitted with the token.
    pub attempts: i32,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum Purpose {
    /// Verifies the e-mail address of a registration.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
    /// Verifies the new e-mail address of an account.
    ChangeEmail,
    /// Completes a login whose password was correct with a second factor.
    SecondFactor,
}

impl Entity {
    /// Selects the token with this hash if it is valid for `purpose` at `now`.
    pub fn live(token_hash: &[u8], purpose: Purpose, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.token_hash.eq(token_hash))
            .filter(COLUMN.purpose.eq(purpose))
            .filter(COLUMN.expires_at.gt(now))
    }
}
