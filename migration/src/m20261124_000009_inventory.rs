//! Stock: locations, a level for each variant and location, and the append-only movements that the levels are the sum of.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::{append_only, drop_append_only, foreign_key, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [location(), stock_level(), stock_movement()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("stock_level", &["variant_id", "location_id"])).await?;
        manager.create_index(low()).await?;
        manager.create_index(index("stock_movement", &["at", "id"])).await?;
        manager.create_index(index("stock_movement", &["variant_id", "at", "id"])).await?;
        manager.create_index(index("stock_movement", &["cause_id"])).await?;
        append_only(manager, "stock_movement").await?;
        // The location that every shop has: `entity::location::MAIN`.
        let id = match manager.get_database_backend() {
            DbBackend::Postgres => "'01900000-0000-7000-8000-000000000001'",
            _ => "x'01900000000070008000000000000001'",
        };
        let insert = format!("INSERT INTO location (id, name) VALUES ({id}, 'Main')");
        manager.get_connection().execute_unprepared(&insert).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_append_only(manager, "stock_movement").await?;
        for table in ["stock_level", "location"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn location() -> TableCreateStatement {
    Table::create()
        .table("location")
        .col(uuid("id").primary_key())
        .col(string("name").unique_key())
        .to_owned()
}

/// `available` is what can be sold from stock: `on_hand - reserved`.
fn stock_level() -> TableCreateStatement {
    let available = || Expr::col("on_hand").sub(Expr::col("reserved"));
    Table::create()
        .table("stock_level")
        .col(uuid("id").primary_key())
        .col(uuid("variant_id"))
        .col(uuid("location_id"))
        .col(integer("on_hand").check(Expr::col("on_hand").gte(0)))
        .col(integer("reserved").check(Expr::col("reserved").gte(0)))
        .col(ColumnDef::new("available").integer().not_null().generated(available(), true))
        .col(boolean("tracked"))
        .col(integer("backorder_limit").check(Expr::col("backorder_limit").gte(0)))
        .col(integer("low_threshold").check(Expr::col("low_threshold").gte(0)))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut foreign_key("stock_level", "variant_id", "variant", ForeignKeyAction::Cascade))
        .foreign_key(&mut foreign_key("stock_level", "location_id", "location", ForeignKeyAction::Restrict))
        .to_owned()
}

/// Changes of `on_hand` and `reserved`, each with its kind and cause.
fn stock_movement() -> TableCreateStatement {
    let restrict = || ForeignKeyAction::Restrict;
    Table::create()
        .table("stock_movement")
        .col(uuid("id").primary_key())
        .col(uuid("variant_id"))
        .col(uuid("location_id"))
        .col(string_len("kind", 16))
        .col(integer("on_hand"))
        .col(integer("reserved"))
        .col(string_len_null("reason", 16))
        .col(string_null("note"))
        .col(uuid_null("cause_id"))
        .col(uuid_null("actor_id"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(&mut foreign_key("stock_movement", "variant_id", "variant", restrict()))
        .foreign_key(&mut foreign_key("stock_movement", "location_id", "location", restrict()))
        .to_owned()
}

/// Finds the levels at or below their threshold, the least available first.
fn low() -> IndexCreateStatement {
    Index::create()
        .name("stock_level_low_idx")
        .table("stock_level")
        .col("available")
        .col("id")
        .and_where(Expr::col("tracked"))
        .and_where(Expr::col("available").lte(Expr::col("low_threshold")))
        .to_owned()
}
