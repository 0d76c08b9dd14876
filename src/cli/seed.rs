//! `bodega seed`

use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::CommandResult;
use crate::{
    app,
    config::DatabaseConfig,
    domain::sample::{self, Plan},
};

#[derive(Args, Debug)]
pub(super) struct SeedArgs {
    #[command(flatten)]
    on: DatabaseConfig,
    /// Number of products, with two variants each
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = amount)]
    products: u64,
    /// Number of customers; they have no password and cannot log in
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = amount)]
    customers: u64,
    /// Number of orders, with one to three lines each
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = amount)]
    orders: u64,
    /// Number of carts, with up to twenty lines each: one of each customer, the others of guests
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = amount)]
    carts: u64,
    /// Seed of the generator: the same seed gives the same rows, another one adds other rows
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

fn amount(text: &str) -> Result<u64, String> {
    const MOST: u64 = 100_000_000;
    text.parse()
        .ok()
        .filter(|amount| *amount <= MOST)
        .ok_or_else(|| format!("must be a number from 0 to {MOST}"))
}

pub(super) async fn run(args: SeedArgs) -> CommandResult {
    let SeedArgs { on, products, customers, orders, carts, seed } = args;
    let plan = Plan { products, customers, orders, carts, seed };
    let db = app::open_database(&on).await?;
    db.migrate_up().await?;
    let services = app::embedded_services(db);

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} ({eta} left)")?;
    let bar = ProgressBar::new(plan.steps()).with_style(style);
    let begin = Instant::now();
    let rows = sample::generate(&services, plan, &|| bar.inc(1)).await?;
    let seconds = begin.elapsed().as_secs_f64();
    bar.finish_and_clear();
    println!("{rows} rows in {seconds:.2} s ({:.0} rows/s)", rows as f64 / seconds.max(1e-9));
    Ok(services.db.close().await?)
}
