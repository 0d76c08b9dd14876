//! Whether levels are the sum of their movements: `bodega check inventory`.

use entity::{VariantId, location, stock_level};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, sea_query::Expr,
};

use crate::domain::{
    context::{Services, Txn},
    kernel::fault::Fault,
};

/// A level that is not the sum of its movements.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Difference {
    /// The variant.
    pub variant_id: VariantId,
    /// Its stock keeping unit.
    pub sku: String,
    /// Pieces on hand by the level; `None` if there is no level.
    pub on_hand: Option<i32>,
    /// Reserved pieces by the level.
    pub reserved: Option<i32>,
    /// Pieces on hand by the movements.
    pub moved_on_hand: i64,
    /// Reserved pieces by the movements.
    pub moved_reserved: i64,
}

/// The variants whose level differs from the sum of their movements or is missing, by SKU.
pub async fn check(services: &Services) -> Result<Vec<Difference>, Fault> {
    differences(services.db.connection()).await
}

/// Sets the levels that differ to the sum of their movements; tells which they were. A sum below zero, which no level can
/// hold, becomes zero, and is found again.
pub async fn repair(services: &Services) -> Result<Vec<Difference>, Fault> {
    services.write(|txn| repair_in_txn(txn).scope_boxed()).await
}

async fn repair_in_txn(txn: &Txn<'_>) -> Result<Vec<Difference>, Fault> {
    let found = differences(txn).await?;
    let missing = found.iter().filter(|found| found.on_hand.is_none()).map(|found| found.variant_id);
    super::open(txn, &missing.collect::<Vec<_>>()).await?;
    let ids = found.iter().map(|found| found.variant_id.0);
    let chosen = txn.services().db.any_of(stock_level::Column::VariantId, ids);
    let levels = stock_level::Entity::find()
        .filter(chosen)
        .order_by_asc(stock_level::Column::VariantId)
        .lock_exclusive()
        .all(txn)
        .await?;
    // Read again now that nothing else changes them.
    let differing = differences(txn).await?.into_iter();
    for found in differing.filter(|found| levels.iter().any(|level| level.variant_id == found.variant_id)) {
        let pieces =
            |sum: i64| i32::try_from(Ord::max(sum, 0)).map_err(|_| Fault::internal("stock beyond 32 bits"));
        use stock_level::Column::{LocationId, OnHand, Reserved, UpdatedAt, VariantId};
        stock_level::Entity::update_many()
            .col_expr(OnHand, Expr::value(pieces(found.moved_on_hand)?))
            .col_expr(Reserved, Expr::value(pieces(found.moved_reserved)?))
            .col_expr(UpdatedAt, Expr::value(txn.now()))
            .filter(VariantId.eq(found.variant_id))
            .filter(LocationId.eq(location::MAIN))
            .exec(txn)
            .await?;
    }
    Ok(found)
}

/// Both sides in one statement, which sees one state of the database and makes nobody wait.
async fn differences(db: &impl ConnectionTrait) -> Result<Vec<Difference>, Fault> {
    let sql = "SELECT v.id AS variant_id, v.sku, l.on_hand, l.reserved, \
        CAST(COALESCE(m.on_hand, 0) AS bigint) AS moved_on_hand, \
        CAST(COALESCE(m.reserved, 0) AS bigint) AS moved_reserved \
        FROM variant v LEFT JOIN stock_level l ON l.variant_id = v.id \
        LEFT JOIN (SELECT variant_id, SUM(on_hand) AS on_hand, SUM(reserved) AS reserved \
        FROM stock_movement GROUP BY variant_id) m ON m.variant_id = v.id \
        WHERE l.id IS NULL OR l.on_hand <> COALESCE(m.on_hand, 0) OR l.reserved <> COALESCE(m.reserved, 0) \
        ORDER BY v.sku";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    Ok(Difference::find_by_statement(statement).all(db).await?)
}
