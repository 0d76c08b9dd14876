//! Rates of tax classes at places.

use sea_orm::entity::prelude::*;

use crate::{TaxClassId, TaxRateId};

/// One rate.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_rate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaxRateId,
    pub tax_class_id: TaxClassId,
    /// Code of a country or of a part of it, or `*` for everywhere else.
    pub place: String,
    /// Name on invoices, unique with class and place.
    pub name: String,
    /// Parts per million, 0 to 1,000,000.
    pub ppm: i32,
    pub reason: Reason,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Reason for a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Reason {
    Standard,
    Reduced,
    /// Taxed at 0 %.
    Zero,
    /// Not taxed.
    Exempt,
    /// Delivered to where the tax of the shop's place does not reach.
    Export,
    /// Taxed by the customer. No rate has it: it follows from the customer's exemption.
    ReverseCharge,
}
