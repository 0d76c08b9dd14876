//! `bodega check inventory`

use clap::Subcommand;

use super::CommandResult;
use crate::{app, config::DatabaseConfig, domain::inventory};

#[derive(Debug, Subcommand)]
pub(super) enum CheckCommand {
    /// Compare each stock level with the sum of its movements; the exit code is 1 when they differ
    Inventory {
        #[command(flatten)]
        on: DatabaseConfig,
        /// Set levels that differ to the sum of their movements
        #[arg(long)]
        repair: bool,
    },
}

pub(super) async fn run(command: CheckCommand) -> CommandResult {
    let CheckCommand::Inventory { on, repair } = command;
    let db = app::open_database(&on).await?;
    db.migrate_up().await?;
    let services = app::embedded_services(db);
    let differences =
        if repair { inventory::repair(&services).await? } else { inventory::check(&services).await? };
    for found in &differences {
        let level =
            |pieces: Option<i32>| pieces.map_or_else(|| "no level".to_owned(), |pieces| pieces.to_string());
        println!(
            "{}: on hand {}, by its movements {}; reserved {}, by its movements {}",
            found.sku,
            level(found.on_hand),
            found.moved_on_hand,
            level(found.reserved),
            found.moved_reserved
        );
    }
    services.db.close().await?;
    let count = differences.len();
    match (count, repair) {
        (0, _) => println!("all stock levels are the sum of their movements"),
        (_, true) => println!("repaired {count}"),
        (_, false) => return Err(format!("{count} stock levels differ; --repair corrects them").into()),
    }
    Ok(())
}
