//! Measures the real binary: against a floor in one run, with PostgreSQL, a shop in it and both servers, loaded in turns;
//! or in trouble (`siege`), by what others feel of it. `README.md` tells how to read the figures.

mod cpu;
mod load;
mod report;
mod scenario;
mod server;
mod shop;
mod siege;

use std::{env, error::Error, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use services::Postgres;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

use crate::{
    load::{Crowd, Load},
    report::{Comparison, Memory, Slice},
    scenario::Scenario,
    server::Server,
};

/// A step's result; whatever goes wrong ends the run.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What each measurement is preceded by.
const WARM_UP: Duration = Duration::from_secs(2);

/// Measures Bodega against a bare server that answers with the same rows as plain JSON.
#[derive(Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    mode: Option<Mode>,

    /// How long each measurement takes, after a warm-up of two seconds
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,

    /// How many connections send requests at once, each one after the other
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,

    /// How often each server is measured; the medians count
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,

    /// Exit with 1 when a budget is missed
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Subcommand)]
enum Mode {
    /// Measures what others feel of attacks and of services that are gone, and how quickly the server starts
    Siege,
}

/// One thread is enough to load two cores, and leaves the others to the servers.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let measured = async {
        match options.mode {
            Some(Mode::Siege) => siege::run().await,
            None => run(&options).await,
        }
    };
    let result = tokio::select! {
        result = measured => result,
        result = interrupted() => result,
    };
    match result {
        Ok(kept) if kept || !options.check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Measures, reports, and answers whether the budgets were kept.
async fn run(options: &Options) -> Fallible<bool> {
    let here = env::current_exe()?;
    eprintln!("preparing the shop");
    let postgres = Postgres::start()?;
    let url = shop::prepare(&postgres, &here.with_file_name("bodega")).await?;

    let listen = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    let ours = Server::start(&here.with_file_name("bodega"), &listen)?;
    let floor = Server::start(&here.with_file_name("floor"), &[&url])?;
    sleep(Duration::from_secs(1)).await;
    let idle = cpu::resident_bytes(ours.pid())?;

    let mut comparisons = Vec::new();
    for scenario in scenario::all(&ours, &floor).await? {
        scenario.check().await?;
        comparisons.push(compare(&scenario, &ours, &floor, &postgres, options).await?);
    }
    let memory = Memory { idle, loaded: cpu::resident_bytes(ours.pid())? };
    Ok(report::print(&comparisons, memory))
}

/// Measures both servers in turns, so that whatever else the machine does meets both alike.
async fn compare(
    scenario: &Scenario,
    ours: &Server,
    floor: &Server,
    postgres: &Postgres,
    options: &Options,
) -> Fallible<Comparison> {
    let mut comparison = Comparison::new(scenario.name, scenario.budget);
    for round in 1..=options.rounds {
        eprintln!("{}: round {round} of {}", scenario.name, options.rounds);
        comparison.ours.push(measure(&scenario.ours, ours, postgres, options).await?);
        comparison.floor.push(measure(&scenario.floor, floor, postgres, options).await?);
    }
    Ok(comparison)
}

async fn measure(
    load: &Arc<Load>,
    server: &Server,
    postgres: &Postgres,
    options: &Options,
) -> Fallible<Slice> {
    let cpu = || Fallible::Ok((cpu::of_process(server.pid())?, cpu::of_tree(postgres.pid())?));
    let crowd = Crowd::start(load, options.connections).await?;
    sleep(WARM_UP).await;
    let (before, begin) = (cpu()?, Instant::now());
    crowd.begin();
    sleep(Duration::from_secs(options.seconds)).await;
    let tally = crowd.end().await?;
    let (after, elapsed) = (cpu()?, begin.elapsed());
    Slice::new(&tally, elapsed, after.0 - before.0, after.1 - before.1)
}

/// Fails when the run is told to stop; dropping everything then ends the servers.
async fn interrupted() -> Fallible<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Err("interrupted".into())
}
