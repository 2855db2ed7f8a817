//! `huimin keys`: the keys that seal personal data.

use super::{
    DataLocation, Outcome,
    city::{error_message, owner_pool},
    context::CommandContext,
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Create the key file. Keep a copy apart from the database's backups: without it, sealed data cannot be read.
    Init,
    /// Add a fresh key, seal with it from now on, and reseal what older keys sealed; safe while serving.
    Rotate,
    /// Remove old keys that nothing is sealed with any more.
    Retire,
}

pub(super) async fn run(what: What, location: DataLocation) -> Outcome {
    let context = CommandContext::open(&location).await?;
    match what {
        What::Init => {
            context.init_keys()?;
            println!("the keys are there");
        }
        What::Rotate => {
            let owner = owner_pool(context.owner_url()?).await?;
            let resealed = server::rotate::rotate(&owner, &context.vault()?).await.map_err(error_message)?;
            owner.close().await;
            println!("a fresh key seals from now on; {resealed} values were resealed");
        }
        What::Retire => {
            let owner = owner_pool(context.owner_url()?).await?;
            let retired = server::rotate::retire(&owner, &context.vault()?).await.map_err(error_message)?;
            owner.close().await;
            println!("{retired} old keys were removed");
        }
    }
    context.close().await
}
