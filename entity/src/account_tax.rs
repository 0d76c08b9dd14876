//! Exemptions of accounts from tax.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The exemption of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_tax")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub reason: Reason,
    /// Number by which a tax office knows the customer, as it was entered.
    pub tax_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Reason for an exemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Reason {
    /// Never taxed.
    Exempt,
    /// Not taxed in other countries than the shop's.
    ReverseCharge,
}
