//! Collections: products put together by hand.

use sea_orm::{Condition, entity::prelude::*};

use crate::CollectionId;

/// One collection.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CollectionId,
    /// Name in URLs, unique.
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    /// Markdown.
    pub description: String,
    /// Start of the time in which shoppers see the collection; `None` for no bound.
    pub active_from: Option<DateTimeUtc>,
    /// End of that time; `None` for no bound.
    pub active_until: Option<DateTimeUtc>,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The condition that a collection is active at `now`.
    pub fn is_active(now: DateTimeUtc) -> Condition {
        Condition::all()
            .add(Condition::any().add(COLUMN.active_from.is_null()).add(COLUMN.active_from.lte(now)))
            .add(Condition::any().add(COLUMN.active_until.is_null()).add(COLUMN.active_until.gt(now)))
    }
}
