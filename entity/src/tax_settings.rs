//! Settings of tax, in one row.

use sea_orm::entity::prelude::*;

use crate::{TaxClassId, TaxSettingsId};

/// The settings.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_settings")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Place of the shop: code of a subdivision or a country. Without it no tax is computed.
    pub place: Option<String>,
    /// Tax class of variants without one.
    pub default_class_id: Option<TaxClassId>,
    pub rounding: Rounding,
    pub cross_border: CrossBorder,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is rounded to whole minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Rounding {
    /// The tax of each line.
    PerLine,
    /// The tax of all lines with the same rates together.
    PerRate,
}

/// What stays of prices with tax where the destination has other rates than the shop's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum CrossBorder {
    /// The price.
    GrossStays,
    /// The price without the tax of the shop's place.
    NetStays,
}

/// Key of the one row.
pub const ID: i32 = 1;

/// Key of the one row in global ids, which clients keep: it never changes.
pub const KEY: TaxSettingsId = TaxSettingsId(uuid::Uuid::from_u128(1));
