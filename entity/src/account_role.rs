//! Assignment of roles to accounts.

use sea_orm::entity::prelude::*;

use crate::{AccountId, RoleId};

/// One role of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: RoleId,
}

impl ActiveModelBehavior for ActiveModel {}
