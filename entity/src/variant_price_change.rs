//! Each price that a variant got, and when.

use sea_orm::entity::prelude::*;

use crate::{Currency, VariantId, VariantPriceChangeId};

/// One change of a price.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variant_price_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VariantPriceChangeId,
    pub variant_id: VariantId,
    pub currency: Currency,
    /// The new price; `None` where it was removed.
    pub amount: Option<i64>,
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
