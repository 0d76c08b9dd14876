//! Rates of tax classes at places.

use sea_orm::entity::prelude::*;

use crate::{TaxClassId, TaxRateId};

/// One rate of one tax class at one place.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_rate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaxRateId,
    pub tax_class_id: TaxClassId,
    /// Code of a subdivision (`US-CA`) or a country (`DE`), or `*` for everywhere else.
    pub place: String,
    /// Name on invoices, unique at the place for the class.
    pub name: String,
    /// Parts per million, 0 to 1,000,000.
    pub ppm: i32,
    pub reason: Reason,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Reason for a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Reason {
    Standard,
    Reduced,
    Zero,
    Exempt,
    /// Of exempt customers only, see [`account_tax`](crate::account_tax).
    ReverseCharge,
    Export,
}
