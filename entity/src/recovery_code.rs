//! Codes that stand in for a lost second factor, once each. A row holds the hash of a code, never the code.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// One code that was not used yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: Vec<u8>,
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
