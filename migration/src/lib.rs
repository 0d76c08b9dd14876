//! The database schema as ordered migrations. A released migration is never edited: a change is a new migration, which
//! first expands the schema (new columns and tables beside the old ones). A later release contracts it.
//!
//! Unique columns are declared at the column, so that PostgreSQL names their constraints `<table>_<column>_key`; the
//! application maps violations by table and column.

pub use sea_orm_migration::{Migration, MigrationStatus, MigratorTrait};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

mod m20261124_000001_account;
mod m20261124_000002_auth;
mod m20261124_000003_role;
mod m20261124_000004_api_key;
mod m20261124_000005_address;
mod m20261124_000006_shop;
mod m20261124_000007_tax;
mod m20261124_000008_product;
mod m20261124_000009_inventory;
mod m20261124_000010_idempotency_key;
mod m20261124_000011_order;
mod m20261124_000012_job;
mod m20261124_000013_audit_entry;
mod m20261124_000014_shipping;
mod m20261124_000015_cart;
mod m20261124_000016_discount;

/// All migrations in order of application.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_account::Migration),
            Box::new(m20261124_000002_auth::Migration),
            Box::new(m20261124_000003_role::Migration),
            Box::new(m20261124_000004_api_key::Migration),
            Box::new(m20261124_000005_address::Migration),
            Box::new(m20261124_000006_shop::Migration),
            Box::new(m20261124_000007_tax::Migration),
            Box::new(m20261124_000008_product::Migration),
            Box::new(m20261124_000009_inventory::Migration),
            Box::new(m20261124_000010_idempotency_key::Migration),
            Box::new(m20261124_000011_order::Migration),
            Box::new(m20261124_000012_job::Migration),
            Box::new(m20261124_000013_audit_entry::Migration),
            Box::new(m20261124_000014_shipping::Migration),
            Box::new(m20261124_000015_cart::Migration),
            Box::new(m20261124_000016_discount::Migration),
        ]
    }
}

/// The constraint of a foreign key column, named `<table>_<column>_fkey` as PostgreSQL does.
fn foreign_key(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    foreign_key_to((table, column), (target, "id"), on_delete)
}

/// The same, to another column than `id`.
fn foreign_key_to(
    (table, column): (&'static str, &'static str),
    (target, key): (&'static str, &'static str),
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(target, key)
        .on_delete(on_delete)
        .to_owned()
}

/// An index over `columns`, named `<table>_<columns>_idx` as PostgreSQL does.
fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index =
        Index::create().name(format!("{table}_{}_idx", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index over `columns`, named `<table>_<columns>_key` as PostgreSQL does.
fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).name(format!("{table}_{}_key", columns.join("_"))).unique().to_owned()
}

/// Has the database reject `UPDATE` and `DELETE` on a table, on PostgreSQL also `TRUNCATE`.
async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Postgres => vec![
            format!(
                "CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
            ),
        ],
        _ => ["UPDATE", "DELETE"]
            .map(|change| {
                format!(
                    "CREATE TRIGGER {table}_rejects_{change} BEFORE {change} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            })
            .into(),
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Drops a table of [`append_only`].
async fn drop_append_only(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(table).to_owned()).await?;
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared(&format!("DROP FUNCTION {table}_stays()")).await?;
    }
    Ok(())
}
