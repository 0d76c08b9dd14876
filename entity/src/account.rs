//! Who can log in: shoppers and the shop's own people, told apart by their role.

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
    pub role: Role,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// What an account may do at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Role {
    /// Shops for itself.
    Customer,
    /// Works in the shop.
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
