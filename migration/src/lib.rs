//! The database's schema as ordered steps. A step that has been released is never edited: a change is a new step, first
//! expanding (new columns and tables beside the old), in a later release contracting.
//!
//! Unique columns are declared at the column, so that PostgreSQL names their constraints `<table>_<column>_key`; the
//! application maps violations by table and column.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{Migration, MigrationStatus, MigratorTrait};

mod m20261123_000001_account;
mod m20261123_000002_session;
mod m20261123_000003_category;
mod m20261123_000004_product;
mod m20261123_000005_variant;
mod m20261123_000006_order;
mod m20261123_000007_account_details;
mod m20261123_000008_session_details;
mod m20261123_000009_role;
mod m20261123_000010_api_key;
mod m20261123_000011_one_time_token;
mod m20261123_000012_second_factor;
mod m20261123_000013_address;
mod m20261123_000014_outbox;
mod m20261123_000015_audit_entry;
mod m20261123_000016_account_network;

/// All steps in their order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_account::Migration),
            Box::new(m20261123_000002_session::Migration),
            Box::new(m20261123_000003_category::Migration),
            Box::new(m20261123_000004_product::Migration),
            Box::new(m20261123_000005_variant::Migration),
            Box::new(m20261123_000006_order::Migration),
            Box::new(m20261123_000007_account_details::Migration),
            Box::new(m20261123_000008_session_details::Migration),
            Box::new(m20261123_000009_role::Migration),
            Box::new(m20261123_000010_api_key::Migration),
            Box::new(m20261123_000011_one_time_token::Migration),
            Box::new(m20261123_000012_second_factor::Migration),
            Box::new(m20261123_000013_address::Migration),
            Box::new(m20261123_000014_outbox::Migration),
            Box::new(m20261123_000015_audit_entry::Migration),
            Box::new(m20261123_000016_account_network::Migration),
        ]
    }
}

/// A foreign key column's constraint, named `<table>_<column>_fkey` as PostgreSQL does.
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
