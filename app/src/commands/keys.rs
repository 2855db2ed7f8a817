//! `huimin keys`: the keys that seal personal data.

use super::{Outcome, Place, ground::Ground};
use clap::Subcommand;
use server::{City, Config, Store};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Make the key file. Keep a copy in another place than the database's backups: without it, nothing opens.
    Init,
    /// Add a fresh key, seal with it from now on, and reseal what older keys sealed; safe while serving.
    Rotate,
}

pub(super) async fn run(what: What, place: Place) -> Outcome {
    let ground = Ground::open(&place).await?;
    match what {
        What::Init => {
            ground.init_keys()?;
            println!("the keys are there");
        }
        What::Rotate => {
            let store = Store::connect(ground.app_options(), 4, ground.vault()?).await.map_err(|e| e.to_string())?;
            let city = City::new(store, Config::demo(ground.data_dir.clone()));
            let resealed = server::rotate::rotate(&city).await.map_err(|e| e.to_string())?;
            println!("{resealed}");
        }
    }
    ground.close().await
}
