//! The commands of the binary.

mod account;
mod migrate;
mod seed;
mod serve;
mod usage;

use clap::{Parser, Subcommand};

use crate::{
    config::{Config, LogConfig},
    domain::kernel::fault::with_causes,
};

/// Bodega, a commerce backend in one binary. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "bodega", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Config,
    #[command(flatten)]
    log: LogConfig,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default)
    Serve(Box<Config>),
    /// Apply, revert or list the migrations of the database's schema
    Migrate {
        #[command(subcommand)]
        direction: migrate::Direction,
    },
    /// Print the GraphQL schema
    Schema,
    /// Fill the database with generated rows for load tests
    Seed(seed::SeedArgs),
    /// Manage accounts
    Account {
        #[command(subcommand)]
        command: account::AccountCommand,
    },
}

/// Reads the command line, runs the command, and returns the process's exit code.
pub async fn run() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::explain::<Cli>(&error),
    };
    let traces = match &cli.command {
        None => Some(&cli.serve.traces),
        Some(Command::Serve(config)) => Some(&config.traces),
        Some(_) => None,
    };
    let telemetry = match crate::telemetry::init(&cli.log, traces) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("bodega: {error}");
            return 2.into();
        }
    };
    let result = match cli.command {
        None => serve::run(&cli.serve).await,
        Some(Command::Serve(config)) => serve::run(&config).await,
        Some(Command::Migrate { direction }) => migrate::run(direction).await,
        Some(Command::Schema) => {
            print!("{}", crate::graphql::sdl());
            Ok(())
        }
        Some(Command::Seed(args)) => seed::run(args).await,
        Some(Command::Account { command }) => account::run(command).await,
    };
    telemetry.end().await;
    match result {
        Ok(()) => 0.into(),
        Err(error) => {
            eprintln!("bodega: {}", with_causes(&*error));
            1.into()
        }
    }
}

/// Result of a command; the error becomes one line for the operator.
type CommandResult = Result<(), Box<dyn std::error::Error>>;
