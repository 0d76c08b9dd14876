//! Who can log in: shoppers and the shop's own people, told apart by their kind.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// One account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The address in its normal form (trimmed, lower case), unique.
    #[sea_orm(unique)]
    pub email: String,
    /// The argon2id hash in PHC string form; an account without one cannot log in with a password.
    pub password_hash: Option<String>,
    #[sea_orm(column_name = "role")]
    pub kind: Kind,
    /// What its owner is called, as they wrote it; may be empty.
    pub name: String,
    /// Since when it may not be used.
    pub blocked_at: Option<DateTimeUtc>,
    /// Sessions of an earlier epoch are dead, wherever they are kept. Adding one ends all of them.
    pub session_epoch: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// What an account is to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Shops for itself.
    Customer,
    /// Works in the shop, and may do what its roles allow.
    Staff,
    /// May do everything, also appoint staff.
    Admin,
}

impl Entity {
    /// The account with this address, which must be in its normal form.
    pub fn with_email(email: &str) -> Select<Self> {
        Self::find().filter(COLUMN.email.eq(email))
    }
}
