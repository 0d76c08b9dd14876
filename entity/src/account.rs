//! Accounts of customers and staff.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// One account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// Normalized e-mail address (trimmed, lower case), unique.
    #[sea_orm(unique)]
    pub email: String,
    /// Argon2id hash in PHC string format. An account without a hash cannot log in with a password.
    pub password_hash: Option<String>,
    pub kind: Kind,
    /// Display name as entered by the owner; may be empty.
    pub name: String,
    /// Time from which the account is blocked; `None` if it is not.
    pub blocked_at: Option<DateTimeUtc>,
    /// Current session epoch. Sessions of an earlier epoch are invalid in every session store; incrementing the epoch
    /// ends all sessions of the account.
    pub session_epoch: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Shopper.
    Customer,
    /// Member of staff, with the permissions of their roles.
    Staff,
    /// Administrator, with all permissions, including the appointment of staff.
    Admin,
}

impl Entity {
    /// Selects the account with this e-mail address, which must be normalized.
    pub fn with_email(email: &str) -> Select<Self> {
        Self::find().filter(COLUMN.email.eq(email))
    }
}
