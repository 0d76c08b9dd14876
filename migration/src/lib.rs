//! The database schema as ordered migrations. A released migration is never edited: a change is a new migration, which
//! first expands the schema (new columns and tables beside the old ones). A later release contracts it.
//!
//! Unique columns are declared at the column, so that PostgreSQL names their constraints `<table>_<column>_key`; the
//! application maps violations by table and column.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{Migration, MigrationStatus, MigratorTrait};

mod m20261124_000001_account;
mod m20261124_000002_auth;
mod m20261124_000003_role;
mod m20261124_000004_api_key;
mod m20261124_000005_address;
mod m20261124_000006_product;
mod m20261124_000007_order;
mod m20261124_000008_job;
mod m20261124_000009_audit_entry;

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
            Box::new(m20261124_000006_product::Migration),
            Box::new(m20261124_000007_order::Migration),
            Box::new(m20261124_000008_job::Migration),
            Box::new(m20261124_000009_audit_entry::Migration),
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
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(target, "id")
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
