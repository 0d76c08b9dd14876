//! Accounts that pay no tax.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The exemption of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_tax")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub reason: Exemption,
    /// Number under which the tax office knows the customer.
    pub tax_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Reason for an exemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Exemption {
    /// Never taxed.
    Exempt,
    /// Pays the tax itself where the destination is in another country than the shop.
    ReverseCharge,
}
