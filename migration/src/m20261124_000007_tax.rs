//! Tax: classes of variants, their rates at places, settings in one row, and exemptions of accounts.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::ConnectionTrait};

use crate::{foreign_key, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables, in the order of creation.
const TABLES: [&str; 4] = ["tax_class", "tax_rate", "tax_settings", "account_tax"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [tax_class(), tax_rate(), tax_settings(), account_tax()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("tax_rate", &["tax_class_id", "place", "name"])).await?;
        manager.create_index(index("tax_rate", &["place", "id"])).await?;
        let settings = "INSERT INTO tax_settings (id, rounding, cross_border, version) \
                        VALUES (1, 'per_line', 'gross_stays', 1)";
        manager.get_connection().execute_unprepared(settings).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn tax_class() -> TableCreateStatement {
    Table::create()
        .table("tax_class")
        .col(uuid("id").primary_key())
        .col(string("name").unique_key())
        .to_owned()
}

/// `place` is the code of a subdivision or a country, or `*` for everywhere else.
fn tax_rate() -> TableCreateStatement {
    Table::create()
        .table("tax_rate")
        .col(uuid("id").primary_key())
        .col(uuid("tax_class_id"))
        .col(string_len("place", 6))
        .col(string("name"))
        .col(integer("ppm").check(Expr::col("ppm").between(0, 1_000_000)))
        .col(string_len("reason", 16))
        .col(integer("version"))
        .foreign_key(&mut foreign_key("tax_rate", "tax_class_id", "tax_class", ForeignKeyAction::Cascade))
        .to_owned()
}

/// The default class stays while it is the default.
fn tax_settings() -> TableCreateStatement {
    let restrict = ForeignKeyAction::Restrict;
    Table::create()
        .table("tax_settings")
        .col(integer("id").primary_key().check(Expr::col("id").eq(1)))
        .col(string_len_null("place", 6))
        .col(uuid_null("default_class_id"))
        .col(string_len("rounding", 16))
        .col(string_len("cross_border", 16))
        .col(integer("version"))
        .foreign_key(&mut foreign_key("tax_settings", "default_class_id", "tax_class", restrict))
        .to_owned()
}

fn account_tax() -> TableCreateStatement {
    Table::create()
        .table("account_tax")
        .col(uuid("account_id").primary_key())
        .col(string_len("reason", 16))
        .col(string_len_null("tax_id", 32))
        .foreign_key(&mut foreign_key("account_tax", "account_id", "account", ForeignKeyAction::Cascade))
        .to_owned()
}
