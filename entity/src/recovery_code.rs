//! Single-use codes that replace a lost second factor. A row holds the hash of a code, never the code.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// One unused recovery code.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// SHA-256 hash of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: Vec<u8>,
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
