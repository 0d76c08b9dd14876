//! Postal addresses of accounts. Partial unique indexes, which both databases support, allow at most one default
//! shipping address and one default billing address per account.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("address")
                    .col(uuid("id").primary_key())
                    .col(uuid("account_id"))
                    .col(string("name"))
                    .col(string_null("company"))
                    .col(string("line1"))
                    .col(string_null("line2"))
                    .col(string("city"))
                    .col(string_len_null("subdivision", 6))
                    .col(string_null("postal_code"))
                    .col(string_len("country", 2))
                    .col(string_null("phone"))
                    .col(boolean("is_default_shipping"))
                    .col(boolean("is_default_billing"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut foreign_key(
                        "address",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("address", &["account_id"])).await?;
        manager.create_index(one_per_account("is_default_shipping")).await?;
        manager.create_index(one_per_account("is_default_billing")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("address").to_owned()).await
    }
}

/// A unique index that allows at most one address per account to have `flag` set.
fn one_per_account(flag: &'static str) -> IndexCreateStatement {
    Index::create()
        .name(format!("address_{flag}_key"))
        .table("address")
        .col("account_id")
        .unique()
        .and_where(Expr::col(flag))
        .to_owned()
}
