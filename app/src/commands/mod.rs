//! The subcommands of `huimin`.

use clap::{Args, Parser, Subcommand};
use server::Config;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

mod calc;
mod city;
mod context;
mod db;
mod keys;
mod people;
mod serve;

/// Huimin (惠民通): public services, care and financing for a city, with one account.
#[derive(Debug, Parser)]
#[command(name = "huimin", version)]
pub struct Huimin {
    #[command(subcommand)]
    command: Command,
}

/// The data folder, the database and the keys of a city.
#[derive(Clone, Debug, Args)]
pub struct DataLocation {
    /// Folder of keys, audit roots, uploads, the outbox and the private Postgres.
    #[arg(long, global = true, env = "HUIMIN_DATA_DIR", default_value = ".data")]
    data_dir: PathBuf,
    /// Postgres to use as the serving role; without it a private one is made and run in the data folder.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The same Postgres as the owning role, for migrations and the demo city.
    #[arg(long, global = true, env = "DATABASE_OWNER_URL", hide_env_values = true)]
    database_owner_url: Option<String>,
    /// The file with the keys; by default `keys.json` in the data folder.
    #[arg(long, global = true, env = "HUIMIN_KEYS")]
    keys: Option<PathBuf>,
}

/// The options of the server.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    #[command(flatten)]
    location: DataLocation,
    /// The address to listen on.
    #[arg(long, env = "HUIMIN_ADDR", default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Number of people of the demo city.
    #[arg(long, env = "HUIMIN_PEOPLE", default_value_t = 1000)]
    people: u32,
    /// Migrate before serving (the demo always does).
    #[arg(long)]
    migrate: bool,
    /// The public address; links in messages begin with it. By default `http://` and the listening address.
    #[arg(long, env = "HUIMIN_PUBLIC_URL")]
    public_url: Option<String>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the app.
    Serve(Serving),
    /// The private Postgres.
    Db {
        #[command(subcommand)]
        what: db::What,
        #[command(flatten)]
        location: DataLocation,
    },
    /// Apply migrations and import the catalogue.
    Migrate(DataLocation),
    /// Create the demo city.
    Seed {
        #[command(flatten)]
        location: DataLocation,
        /// Confirm that this database is for a demo: the passwords of its accounts are public.
        #[arg(long, env = "HUIMIN_DEMO")]
        demo: bool,
        /// Number of people.
        #[arg(long, default_value_t = 1000)]
        people: u32,
    },
    /// Staff.
    Admin {
        #[command(subcommand)]
        what: people::What,
        #[command(flatten)]
        location: DataLocation,
    },
    /// The chain of events and its signed roots.
    Audit {
        #[command(subcommand)]
        what: city::Audit,
        #[command(flatten)]
        location: DataLocation,
    },
    /// The keys that seal personal data.
    Keys {
        #[command(subcommand)]
        what: keys::What,
        #[command(flatten)]
        location: DataLocation,
    },
    /// Check identity numbers, count working days, calculate loans: one JSON document per input line, one per output line.
    Calc {
        /// Which calculation.
        command: String,
    },
}

/// The result of a subcommand; the error is a message for the command line.
type Outcome = Result<(), String>;

/// Runs a subcommand.
#[must_use]
pub fn run(huimin: Huimin) -> ExitCode {
    let done = match huimin.command {
        Command::Calc { command } => calc::run(&command),
        Command::Serve(serving) => block_on(serve::run(serving)),
        Command::Db { what, location } => block_on(db::run(what, location)),
        Command::Migrate(location) => block_on(city::migrate(location)),
        Command::Seed { location, demo, people } => block_on(city::seed(location, demo, people)),
        Command::Admin { what, location } => block_on(people::run(what, location)),
        Command::Audit { what, location } => block_on(city::audit(what, location)),
        Command::Keys { what, location } => block_on(keys::run(what, location)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("huimin: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(work)
}
