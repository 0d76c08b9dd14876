//! `bodega migrate up|down|status`

use clap::Subcommand;

use super::CommandResult;
use crate::{app, config::DatabaseConfig};

#[derive(Debug, Subcommand)]
pub(super) enum Direction {
    /// Apply all pending migrations; `serve` does this at its start
    Up(DatabaseConfig),
    /// Revert migrations, with the loss of the data in what they created
    Down {
        #[command(flatten)]
        on: DatabaseConfig,
        /// Number of migrations to revert
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List all migrations and whether they are applied
    Status(DatabaseConfig),
}

pub(super) async fn run(direction: Direction) -> CommandResult {
    match direction {
        Direction::Up(on) => {
            let db = app::open_database(&on).await?;
            report("applied", &db.migrate_up().await?);
        }
        Direction::Down { on, steps } => {
            let db = app::open_database(&on).await?;
            report("taken back", &db.migrate_down(steps).await?);
        }
        Direction::Status(on) => {
            let db = app::open_database(&on).await?;
            for (name, applied) in db.migrations().await? {
                println!("{name}: {}", if applied { "applied" } else { "pending" });
            }
        }
    }
    Ok(())
}

fn report(what: &str, names: &[String]) {
    for name in names {
        println!("{name}: {what}");
    }
    if names.is_empty() {
        println!("nothing to do");
    }
}
