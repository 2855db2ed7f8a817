//! `huimin migrate`, `huimin seed` and `huimin audit`.

use super::{DataLocation, Outcome, context::CommandContext};
use clap::Subcommand;
use server::pillars::LIVES;
use server::{AppState, Config, Error, Store};
use shared::{Lang, Problem};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Verify every chain and every signed root; ends with an error when something does not hold.
    Verify,
    /// Write a signed root now.
    Root,
}

/// Formats an error as a sentence for the command line.
pub(super) fn error_message(error: Error) -> String {
    match error {
        Error::Problem(Problem::Invalid { errors }) => {
            errors.iter().map(|e| format!("{}: {}", e.field, e.kind.text(Lang::En))).collect::<Vec<_>>().join("; ")
        }
        Error::Problem(problem) => problem.detail(Lang::En),
        other => other.to_string(),
    }
}

/// Brings tables, job queue and catalogue up to date.
pub(super) async fn prepare(context: &CommandContext) -> Outcome {
    let url = context.owner_url()?;
    for name in server::migrate::migrate(url).await.map_err(|e| e.to_string())? {
        println!("applied {name}");
    }
    let owner = owner_pool(url).await?;
    server::jobs::install(&owner).await.map_err(error_message)?;
    println!("catalogue: {}", server::services::catalogue::import_embedded(&owner).await.map_err(error_message)?);
    owner.close().await;
    Ok(())
}

pub(super) async fn owner_pool(url: &str) -> Result<sqlx::PgPool, String> {
    PgPoolOptions::new().max_connections(4).connect(url).await.map_err(|e| format!("the database does not answer its owner: {e}"))
}

pub(super) async fn migrate(location: DataLocation) -> Outcome {
    let context = CommandContext::open(&location).await?;
    prepare(&context).await?;
    context.close().await
}

pub(super) async fn seed(location: DataLocation, demo: bool, people: u32) -> Outcome {
    if !demo {
        return Err("the demo city has accounts whose passwords are public; say --demo if this database is for that".to_owned());
    }
    let context = CommandContext::open(&location).await?;
    context.init_keys()?;
    prepare(&context).await?;
    print!("{}", seed_city(&context, people).await?);
    context.close().await
}

/// Creates the demo city and returns its accounts as a table.
pub(super) async fn seed_city(context: &CommandContext, people: u32) -> Result<String, String> {
    // A demo lost in a power cut is created again at the next start, so its writes need not wait for the disk.
    let hasty = |options: PgConnectOptions| options.options([("synchronous_commit", "off")]);
    let options = context.owner_url()?.parse().map_err(|e: sqlx::Error| format!("the owner's address does not read: {e}"))?;
    let owner = PgPoolOptions::new().max_connections(4).connect_with(hasty(options)).await;
    let owner = owner.map_err(|e| format!("the database does not answer its owner: {e}"))?;
    let store = Store::connect(hasty(context.app_options()), 8, context.vault()?).await.map_err(error_message)?.with(LIVES);
    let state = AppState::new(store, Config::demo(context.data_dir.clone()));
    let demo = server::seed::seed(&owner, &state, people).await.map_err(error_message)?;
    owner.close().await;
    Ok(demo.to_string())
}

pub(super) async fn audit(what: Audit, location: DataLocation) -> Outcome {
    let context = CommandContext::open(&location).await?;
    let store = Store::connect(context.app_options(), 4, context.vault()?).await.map_err(error_message)?.with(LIVES);
    let state = AppState::new(store, Config { demo: false, ..Config::demo(context.data_dir.clone()) });
    let sound = match what {
        Audit::Root => {
            println!("{}", server::cases::audit::write_root(&state).await.map_err(error_message)?);
            true
        }
        Audit::Verify => {
            let report = server::cases::audit::verify(&state).await.map_err(error_message)?;
            println!("{report}");
            report.faults.is_empty()
        }
    };
    context.close().await?;
    if sound { Ok(()) } else { Err("the record does not hold: see the faults above".to_owned()) }
}
